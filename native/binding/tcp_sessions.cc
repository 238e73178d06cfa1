#include "binding/tcp_sessions.h"

#include <arpa/inet.h>

#include <bitset>
#include <cstring>

#include "binding/addon.h"
#include "binding/arguments.h"
#include "sys/tcp_sessions.h"

namespace binding {
namespace {

using Address = std::array<uint8_t, 16>;

bool is_ipv4(const Address& address) {
  static constexpr uint8_t kPrefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::memcmp(address.data(), kPrefix, sizeof kPrefix) == 0;
}

Napi::String text_of(Napi::Env env, const Address& address) {
  char text[INET6_ADDRSTRLEN];
  if (is_ipv4(address)) {
    ::inet_ntop(AF_INET, address.data() + 12, text, sizeof text);
  } else {
    ::inet_ntop(AF_INET6, address.data(), text, sizeof text);
  }
  return Napi::String::New(env, text);
}

}  // namespace

Napi::Value tcp_sessions(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Arguments arguments(info);
  const auto bytes = arguments.bytes(0);
  if (!arguments.ok("tcpSessions: a Uint16Array of ports")) return env.Undefined();

  std::bitset<65536> wanted;
  for (size_t at = 0; at + 1 < bytes.size(); at += 2) {
    uint16_t port;
    std::memcpy(&port, bytes.data() + at, sizeof port);
    wanted.set(port);
  }
  const auto sessions = sys::tcp_sessions([&](uint16_t port) { return wanted.test(port); });
  if (!sessions.ok()) {
    system_error(env, sessions.failure()).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  Napi::Array list = Napi::Array::New(env, sessions.value().size());
  uint32_t at = 0;
  for (const auto& session : sessions.value()) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("port", session.local_port);
    entry.Set("address", text_of(env, session.remote_address));
    list.Set(at++, entry);
  }
  return list;
}

}  // namespace binding
