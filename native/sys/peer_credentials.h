#pragma once
#include <sys/socket.h>

#include "sys/result.h"

namespace sys {

/// Who is at the other end of a connected unix socket, as it was when they connected.
inline Result<ucred> peer_credentials(int descriptor) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) {
    return failed("getsockopt SO_PEERCRED");
  }
  return peer;
}

}  // namespace sys
