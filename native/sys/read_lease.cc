#include "sys/read_lease.h"

#include <fcntl.h>

#include <csignal>

namespace sys {

/// Who is kept waiting is announced by SIGIO, which would end us; SIGURG is ignored by default.
ReadLease::ReadLease(int fd) {
  if (::fcntl(fd, F_SETSIG, SIGURG) == 0 && ::fcntl(fd, F_SETLEASE, F_RDLCK) == 0) fd_ = fd;
}

ReadLease::~ReadLease() {
  if (fd_ >= 0) ::fcntl(fd_, F_SETLEASE, F_UNLCK);
}

}  // namespace sys
