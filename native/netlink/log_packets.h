#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "netlink/buffer.h"
#include "netlink/replies.h"

namespace netlink {

/// How the kernel is to hand over the packets that rules log to a group (nfnetlink_log.h).
struct LogSettings {
  uint32_t copy_range;    ///< bytes of a packet, from its IP header on
  uint32_t threshold;     ///< packets that make a datagram full
  uint32_t buffer_bytes;  ///< of one datagram
  uint32_t timeout;       ///< hundredths of a second after which one that is not full goes out
};

/// A request that binds to a group, if `binds`, and settles how it is served. One message.
void write_log_request(Buffer& request, uint32_t sequence, uint16_t group, bool binds,
                       const LogSettings& settings);

/// A packet that a rule has logged. The bytes are the datagram's.
struct LogPacket {
  uint16_t group = 0;
  std::span<const std::byte> bytes;  ///< from the IP header on, as many as were asked for
  bool has_sequence = false;
  uint32_t sequence = 0;  ///< counts the packets of the group
  bool has_stamp = false;
  int64_t seconds = 0;
  uint32_t nanoseconds = 0;
};

/// False if the message tells of no packet.
bool read_log_packet(const Reply& message, LogPacket& packet);

}  // namespace netlink
