#pragma once
#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sys/file_descriptor.h"
#include "sys/mapped_memory.h"
#include "sys/result.h"
#include "sys/ring_slot.h"
#include "sys/stamp_clock.h"

namespace sys {

/// Blocks are of this size or larger: whole pages on every architecture, and whole slots.
constexpr uint32_t kLeastRingBytes = 1 << 16;
constexpr uint32_t kMostRingBytes = 1 << 30;

struct RingOptions {
  std::string interface;  ///< empty: all interfaces
  uint32_t slot_bytes;    ///< a power of two; longer frames are cut
  uint32_t slots;         ///< a power of two; at least `kLeastRingBytes` in all
  bool hears_outgoing;    ///< also what this host sends itself, as if it had come in
  int64_t clock_origin;   ///< see StampClock, nanoseconds
};

/// Totals since the ring was opened.
struct RingStatistics {
  uint64_t packets;
  uint64_t drops;
};

/// How a drain ended.
struct Drained {
  uint32_t frames;
  bool is_empty;  ///< all that had arrived was taken
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

  /// Once it listens: shares what comes in with the other rings of a group, by the program that the
  /// first of them brought (PACKET_FANOUT). Without a group it begins a new one.
  Result<Done> join(std::optional<uint16_t> group, std::span<const sock_filter> program);
  /// The kernel's number of the group that it has joined. Any number will do, 0 as well.
  std::optional<uint16_t> group() const { return group_; }

  /// Hands over frames in order of arrival, each on loan until the visitor returns, and gives their
  /// slots back to the kernel; at most one round of the ring, so that traffic as fast as we are
  /// does not keep us for ever. The visitor returns false to stop before the frame it was offered.
  template <typename Visitor>
  Drained drain(uint16_t interface, Visitor&& visit) {
    read_clock();
    const Drained drained = drain_slots(interface, visit);
    clock_.end(drained.is_empty);
    return drained;
  }

  /// Whether a frame lies there that has not been taken.
  bool has_frame() const;

  /// Totals. Reading PACKET_STATISTICS resets it, so they are ours to keep.
  RingStatistics statistics();

  /// The error that woke the poller (ENETDOWN when a link goes down), which reading clears; 0 if
  /// none.
  int take_error();

  /// Whether the interface it was bound to still exists.
  bool is_bound() const;

  /// Frames that came in by one of these links (ascending interface indexes) are never handed over:
  /// where all interfaces are heard at once, the link above it tells of them a second time.
  void pass_over(std::span<const uint32_t> links) { doubled_.assign(links.begin(), links.end()); }

  /// How far the wall clock has been set ahead since the source began, in nanoseconds.
  int64_t wall_shift() const { return clock_.shift(); }
  /// From here on, as if somebody had set the wall clock ahead by so many seconds, and as if frames
  /// had been stamped by a clock so many seconds ahead: for tests, which can't set it.
  void pretend_step(int64_t clock_seconds, int64_t stamp_seconds) {
    pretended_step_ += clock_seconds;
    pretended_stamps_ += stamp_seconds;
  }

  int descriptor() const { return socket_.get(); }
  int interface_index() const { return interface_index_; }
  RingLink link() const { return link_; }
  /// ARPHRD_* of the interface (if_arp.h); ARPHRD_VOID for all interfaces at once.
  uint16_t hardware() const { return hardware_; }

 private:
  PacketRing(FileDescriptor socket, MappedMemory memory, const RingOptions& options, int index,
             uint16_t hardware);

  template <typename Visitor>
  Drained drain_slots(uint16_t interface, Visitor& visit) {
    wire::Frame frame{};
    frame.interface = interface;
    for (uint32_t frames = 0; frames <= slot_mask_; frames++) {
      if (!peek(frame)) return {frames, true};
      if (!is_doubled() && !visit(std::as_const(frame))) return {frames, false};
      release();
    }
    return {slot_mask_ + 1, false};
  }

  void read_clock();
  bool peek(wire::Frame& frame) const;
  bool is_doubled() const;
  void release();
  void prefetch(uint32_t index) const;
  std::span<std::byte> slot(uint32_t index) const {
    return memory_.bytes().subspan(size_t{index} * slot_bytes_, slot_bytes_);
  }

  FileDescriptor socket_;
  MappedMemory memory_;
  uint32_t slot_bytes_;
  uint32_t slot_mask_;
  uint32_t next_ = 0;
  int interface_index_;
  RingLink link_;
  uint16_t hardware_;
  bool hears_outgoing_;
  std::optional<uint16_t> group_;
  std::vector<uint32_t> doubled_;
  StampClock clock_;
  int64_t pretended_step_ = 0;
  int64_t pretended_stamps_ = 0;
  RingStatistics totals_{};
};

}  // namespace sys
