#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "netlink/log_packets.h"
#include "netlink/replies.h"

/// Datagrams of nfnetlink_log, or what might come in their place: packets must lie within them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // A copy of its own size, so that a read behind its end is seen.
  const auto copy = std::make_unique<std::byte[]>(size);
  if (size > 0) std::memcpy(copy.get(), data, size);
  netlink::ReplyReader messages(std::span<const std::byte>(copy.get(), size));
  netlink::LogPacket packet;
  for (netlink::Reply message; messages.next(message);) {
    if (!netlink::read_log_packet(message, packet) || packet.bytes.empty()) continue;
    if (packet.bytes.data() < copy.get() ||
        packet.bytes.data() + packet.bytes.size() > copy.get() + size || packet.seconds < 0 ||
        packet.nanoseconds >= 1'000'000'000)
      __builtin_trap();
  }
  return 0;
}
