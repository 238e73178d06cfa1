#pragma once
#include <cstdint>

namespace netlink {

/// What the key of a set consists of. The values are those that JavaScript sends.
enum class KeyKind : uint8_t {
  kAddress4 = 0,
  kAddress6 = 1,
  kAddress4ProtocolPort = 2,
  kAddress6ProtocolPort = 3,
  kPort = 4,
  kInterface = 5,
  kProtocolPort = 6,
  kAddress6Port = 7,
  kAddress4Port = 8,
};

constexpr uint8_t kKeyKinds = 9;

constexpr bool is_ipv6(KeyKind kind) {
  return kind == KeyKind::kAddress6 || kind == KeyKind::kAddress6ProtocolPort ||
         kind == KeyKind::kAddress6Port;
}
constexpr bool has_address(KeyKind kind) { return kind != KeyKind::kProtocolPort; }
constexpr bool has_protocol(KeyKind kind) {
  return kind == KeyKind::kAddress4ProtocolPort || kind == KeyKind::kAddress6ProtocolPort ||
         kind == KeyKind::kProtocolPort;
}
constexpr bool has_port(KeyKind kind) {
  return has_protocol(kind) || kind == KeyKind::kAddress4Port || kind == KeyKind::kAddress6Port;
}

}  // namespace netlink
