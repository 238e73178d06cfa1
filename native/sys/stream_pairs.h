#pragma once
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "sys/file_descriptor.h"
#include "sys/result.h"

namespace sys {

/// Two ends of a stream between processes of this host.
inline Result<std::array<FileDescriptor, 2>> socket_pair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) return failed("socketpair");
  return std::array{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

/// A pipe: what is written to the second end is read from the first.
inline Result<std::array<FileDescriptor, 2>> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0) return failed("pipe2");
  return std::array{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

}  // namespace sys
