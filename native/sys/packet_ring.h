#pragma once
#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "sys/file_descriptor.h"
#include "sys/mapped_memory.h"
#include "sys/result.h"

namespace sys {

/// What the bytes of a ring's frames begin with.
enum class RingLink : uint8_t {
  ethernet,  ///< an Ethernet header (also `lo`)
  network,   ///< the network header itself (tun, WireGuard, ppp, `any`)
};

struct RingOptions {
  std::string interface;  ///< empty: all interfaces
  uint32_t frame_size;    ///< bytes of one slot, a power of two; what is longer is cut
  uint32_t frame_count;   ///< slots, a power of two
  bool hears_outgoing;    ///< also what this host sends itself
};

/// One captured frame, on loan until the visitor returns. Its memory is shared with the kernel.
struct RingFrame {
  std::span<const std::byte> bytes;
  uint32_t original_length;
  uint32_t seconds;
  uint32_t nanoseconds;
  uint16_t vlan_tci;   ///< the tag that the kernel took out of the bytes
  uint16_t vlan_tpid;  ///< 0: there was none
  uint16_t ethertype;  ///< as the link layer said, host order
  bool is_outgoing;
};

/// Totals since the ring was opened.
struct RingStatistics {
  uint64_t packets;
  uint64_t drops;
};

/// An AF_PACKET receive ring of fixed slots (TPACKET_V2): a frame can be read as soon as it is
/// there, while the blocks of V3 are handed over by a timer, which costs half a millisecond a
/// knock.
class PacketRing {
 public:
  /// Opens a socket that hears nothing yet: the filter goes in before `bind`, so that no unwanted
  /// packet is ever queued (packet(7)).
  static Result<PacketRing> open(const RingOptions& options);

  PacketRing(PacketRing&&) noexcept = default;
  PacketRing& operator=(PacketRing&&) noexcept = default;

  /// Exchanges the kernel filter; the kernel swaps the program atomically.
  Result<Done> set_filter(std::span<const sock_filter> program);

  /// Begins to listen.
  Result<Done> bind();

  /// Hands over up to `limit` frames in order of arrival and gives each slot back to the kernel.
  /// The visitor returns false to stop before the frame it was offered.
  template <typename Visitor>
  uint32_t drain(uint32_t limit, Visitor&& visit) {
    uint32_t taken = 0;
    while (taken < limit) {
      RingFrame frame;
      if (!peek(frame) || !visit(frame)) break;
      release();
      ++taken;
    }
    return taken;
  }

  /// Totals. Reading PACKET_STATISTICS resets it, so they are ours to keep.
  RingStatistics statistics();

  /// The error that woke the poller (ENETDOWN when a link goes down), which reading clears; 0 if
  /// none.
  int take_error();

  /// Whether the interface it was bound to still exists.
  bool is_bound() const;

  int descriptor() const { return socket_.get(); }
  RingLink link() const { return link_; }
  /// ARPHRD_* of the interface (if_arp.h); ARPHRD_VOID for all interfaces at once.
  uint16_t hardware() const { return hardware_; }

 private:
  PacketRing(FileDescriptor socket, MappedMemory memory, const RingOptions& options, int index,
             uint16_t hardware);

  bool peek(RingFrame& frame);
  void release();
  void prefetch(uint32_t index) const;
  std::byte* slot() const { return memory_.bytes().data() + size_t{next_} * frame_size_; }

  FileDescriptor socket_;
  MappedMemory memory_;
  uint32_t frame_size_;
  uint32_t frame_mask_;
  uint32_t next_ = 0;
  int interface_index_;
  RingLink link_;
  uint16_t hardware_;
  RingStatistics totals_{};
};

}  // namespace sys
