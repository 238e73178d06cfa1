#include "sys/ring_slot.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>

#include <algorithm>

#include "wire/link.h"

namespace sys {

namespace {

constexpr size_t kAddress = TPACKET_ALIGN(sizeof(tpacket2_hdr));  ///< of the sockaddr_ll
constexpr uint32_t kLastNanosecond = 999'999'999;

/// Stands in for a frame whose header the kernel took off and which is not IP: an Ethernet header
/// of ARP, so that it is counted as what it is.
constexpr uint8_t kNotIp[14] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 0x06};

/// The memory is shared with the kernel: a field that is read twice may be two values, and only
/// `volatile` keeps the compiler from doing so.
template <typename Field>
Field read_once(std::span<const std::byte> slot, size_t at) {
  return *reinterpret_cast<const volatile Field*>(slot.data() + at);
}

wire::ByteView bytes_of(std::span<const std::byte> slot) {
  const size_t begin = read_once<uint16_t>(slot, offsetof(tpacket2_hdr, tp_mac));
  const size_t length = read_once<uint32_t>(slot, offsetof(tpacket2_hdr, tp_snaplen));
  if (begin < kSlotHeader || begin > slot.size()) return {};
  return {reinterpret_cast<const uint8_t*>(slot.data() + begin),
          std::min(length, slot.size() - begin)};
}

/// With the link header taken off, the kernel's word for what follows is the link type.
void set_network(wire::Frame& frame, uint16_t ethertype) {
  if (ethertype == ETH_P_IP)
    frame.link_type = wire::link_type::kIpv4;
  else if (ethertype == ETH_P_IPV6)
    frame.link_type = wire::link_type::kIpv6;
  else
    frame.bytes = {kNotIp, sizeof kNotIp};
}

}  // namespace

void read_slot(std::span<const std::byte> slot, uint32_t status, RingLink link,
               wire::Frame& frame) {
  const uint16_t interface = frame.interface;
  frame = {};
  frame.interface = interface;
  frame.link_type = wire::link_type::kEthernet;
  if (slot.size() < kSlotHeader) return;

  frame.bytes = bytes_of(slot);
  const auto on_the_wire = read_once<uint32_t>(slot, offsetof(tpacket2_hdr, tp_len));
  frame.original_length = std::max(on_the_wire, static_cast<uint32_t>(frame.bytes.size()));
  frame.seconds = read_once<uint32_t>(slot, offsetof(tpacket2_hdr, tp_sec));
  frame.nanoseconds =
      std::min(read_once<uint32_t>(slot, offsetof(tpacket2_hdr, tp_nsec)), kLastNanosecond);
  frame.has_tag = (status & TP_STATUS_VLAN_VALID) != 0;
  if (frame.has_tag) frame.tag = read_once<uint16_t>(slot, offsetof(tpacket2_hdr, tp_vlan_tci));
  const auto kind = read_once<uint8_t>(slot, kAddress + offsetof(sockaddr_ll, sll_pkttype));
  frame.is_outgoing = kind == PACKET_OUTGOING;
  if (link == RingLink::network)
    set_network(frame,
                ntohs(read_once<uint16_t>(slot, kAddress + offsetof(sockaddr_ll, sll_protocol))));
}

uint32_t slot_interface(std::span<const std::byte> slot) {
  if (slot.size() < kSlotHeader) return 0;
  return static_cast<uint32_t>(
      read_once<int32_t>(slot, kAddress + offsetof(sockaddr_ll, sll_ifindex)));
}

}  // namespace sys
