#pragma once
#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "sys/result.h"

namespace sys {

/// An established TCP connection of this network namespace.
struct TcpSession {
  uint16_t local_port;                     ///< host order
  std::array<uint8_t, 16> remote_address;  ///< IPv4 as ::ffff:a.b.c.d
};

/// All established TCP connections whose local port is wanted, of both families.
Result<std::vector<TcpSession>> tcp_sessions(const std::function<bool(uint16_t)>& is_wanted);

}  // namespace sys
