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
};

constexpr uint8_t kKeyKinds = 7;

constexpr bool is_ipv6(KeyKind kind) {
  return kind == KeyKind::kAddress6 || kind == KeyKind::kAddress6ProtocolPort;
}
constexpr bool has_address(KeyKind kind) { return kind != KeyKind::kProtocolPort; }
constexpr bool has_port(KeyKind kind) {
  return kind == KeyKind::kAddress4ProtocolPort || kind == KeyKind::kAddress6ProtocolPort ||
         kind == KeyKind::kProtocolPort;
}

}  // namespace netlink
