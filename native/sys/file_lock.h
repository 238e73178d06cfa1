#pragma once
#include <sys/file.h>

#include "sys/result.h"

namespace sys {

/// Takes the lock of an open file without waiting; the kernel lets go of it when the last copy of
/// the descriptor is closed, however that comes about. EWOULDBLOCK: another process has it.
inline Result<Done> lock_file(int descriptor) {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) < 0) return failed("flock");
  return Done{};
}

}  // namespace sys
