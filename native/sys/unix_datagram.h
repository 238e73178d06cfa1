#pragma once
#include <cstddef>
#include <span>
#include <string_view>

#include "sys/file_descriptor.h"
#include "sys/result.h"

namespace sys {

/// A datagram socket of the local domain, connected to a receiver such as /dev/log (unix(7)).
class UnixDatagram {
 public:
  /// A path whose first byte is 0 is a name in the abstract namespace.
  static Result<UnixDatagram> connect(std::string_view path);

  /// Never waits: a receiver that is behind gives EAGAIN, one that is gone ECONNREFUSED.
  Result<Done> send(std::span<const std::byte> message);

 private:
  explicit UnixDatagram(FileDescriptor socket) : socket_(std::move(socket)) {}

  FileDescriptor socket_;
};

}  // namespace sys
