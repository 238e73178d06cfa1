#pragma once
#include <napi.h>

namespace binding {

/// `lockFile(descriptor)`: true if we have the lock now, false if another process has it; throws
/// where the file system has no locks.
Napi::Value lock_file(const Napi::CallbackInfo& info);

/// `keepDescriptors()`: programs that we run get none of our descriptors but 0 to 2.
Napi::Value keep_descriptors(const Napi::CallbackInfo& info);

/// `socketPair()`: two descriptors, whose ends are joined; the caller owns them.
Napi::Value socket_pair(const Napi::CallbackInfo& info);

/// `pipe()`: two descriptors, to read from and to write to; the caller owns them.
Napi::Value pipe(const Napi::CallbackInfo& info);

/// `peerCredentials(descriptor)`: `{ pid, uid, gid }` of whoever connected to a unix socket.
Napi::Value peer_credentials(const Napi::CallbackInfo& info);

}  // namespace binding
