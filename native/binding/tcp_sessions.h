#pragma once
#include <napi.h>

namespace binding {

/// `tcpSessions(ports)`: established connections to local ports in a Uint16Array, each
/// `{ port, address }` with the peer's address as text.
Napi::Value tcp_sessions(const Napi::CallbackInfo& info);

}  // namespace binding
