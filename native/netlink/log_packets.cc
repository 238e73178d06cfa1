#include "netlink/log_packets.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <linux/netlink.h>

#include <cstring>

#include "netlink/attributes.h"

namespace netlink {

namespace {

constexpr uint64_t kMicroseconds = 1'000'000;

template <typename T>
std::span<const std::byte> bytes_of(const T& value) {
  return std::as_bytes(std::span(&value, 1));
}

void read_stamp(std::span<const std::byte> value, LogPacket& packet) {
  nfulnl_msg_packet_timestamp stamp;
  if (value.size() < sizeof stamp) return;
  std::memcpy(&stamp, value.data(), sizeof stamp);
  const uint64_t seconds = big_endian(uint64_t{stamp.sec});
  const uint64_t microseconds = big_endian(uint64_t{stamp.usec});
  // Beyond 2^40 seconds lies no clock, and further arithmetic might.
  if (seconds >= (uint64_t{1} << 40) || microseconds >= kMicroseconds) return;
  packet.has_stamp = true;
  packet.seconds = static_cast<int64_t>(seconds);
  packet.nanoseconds = static_cast<uint32_t>(microseconds * 1000);
}

}  // namespace

void write_log_request(Buffer& request, uint32_t sequence, uint16_t group, bool binds,
                       const LogSettings& settings) {
  request.clear();
  nlmsghdr header{};
  header.nlmsg_type = (NFNL_SUBSYS_ULOG << 8) | NFULNL_MSG_CONFIG;
  header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  header.nlmsg_seq = sequence;
  const nfgenmsg family{0, NFNETLINK_V0, big_endian(group)};
  request.append(bytes_of(header));
  request.append(bytes_of(family));
  AttributeWriter attributes(request);
  if (binds) {
    const nfulnl_msg_config_cmd command{NFULNL_CFG_CMD_BIND};
    attributes.bytes(NFULA_CFG_CMD, bytes_of(command));
    attributes.number(NFULA_CFG_FLAGS, uint16_t{NFULNL_CFG_F_SEQ});
  }
  nfulnl_msg_config_mode mode{};
  mode.copy_range = big_endian(settings.copy_range);
  mode.copy_mode = NFULNL_COPY_PACKET;
  attributes.bytes(NFULA_CFG_MODE, bytes_of(mode));
  attributes.number(NFULA_CFG_NLBUFSIZ, settings.buffer_bytes);
  attributes.number(NFULA_CFG_TIMEOUT, settings.timeout);
  attributes.number(NFULA_CFG_QTHRESH, settings.threshold);
  request.patch(0, static_cast<uint32_t>(request.size()));
}

bool read_log_packet(const Reply& message, LogPacket& packet) {
  nfgenmsg family;
  if (message.kind != Reply::Kind::kMessage || message.type != NFULNL_MSG_PACKET ||
      message.body.size() < sizeof family)
    return false;
  std::memcpy(&family, message.body.data(), sizeof family);
  packet = {};
  packet.group = big_endian(uint16_t{family.res_id});
  AttributeReader reader(message.attributes);
  for (Attribute attribute; reader.next(attribute);) {
    switch (attribute.type) {
      case NFULA_PAYLOAD:
        packet.bytes = attribute.value;
        break;
      case NFULA_TIMESTAMP:
        read_stamp(attribute.value, packet);
        break;
      case NFULA_SEQ:
        packet.has_sequence = true;
        packet.sequence = attribute.number<uint32_t>();
        break;
    }
  }
  return true;
}

}  // namespace netlink
