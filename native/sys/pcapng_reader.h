#pragma once
#include <vector>

#include "sys/capture_reader.h"
#include "sys/tick_clock.h"
#include "wire/link.h"

namespace sys {

/// pcapng: sections in either byte order, interfaces each with a link type and clock of its own,
/// enhanced, simple and obsolete packet blocks; all other blocks are passed over
/// (draft-ietf-opsawg-pcapng).
class PcapngReader : public RecordReader {
 public:
  static constexpr uint32_t kMagic = 0x0a0d0d0a;

  Step begin(Cursor&) { return Step::frame; }
  Step next(Cursor& cursor, Record& record);
  /// Both are of what `next` gave last.
  bool is_ethernet() const { return section_[last_].link_type == wire::link_type::kEthernet; }
  wire::Frame frame(Record record) const;

 private:
  /// As the current section numbers them.
  struct Interface {
    uint16_t link_type = 0;
    uint32_t snap_length = 0;
    uint16_t index = 0;
    TickClock clock;
  };
  /// The part of a block between its two lengths.
  struct Block {
    uint32_t type = 0;
    uint64_t offset = 0;
    wire::ByteView body;
  };
  struct Packet {
    uint32_t interface = 0;
    uint64_t ticks = 0;
    uint32_t captured = 0;
    uint32_t original = 0;
    size_t at = 0;
  };

  Step next_block(Cursor& cursor, Block& block);
  Step read_section(const Block& block);
  Step read_interface(const Block& block);
  Step read_packet(const Block& block, Record& record);
  Step read_simple_packet(const Block& block, Record& record);
  Step deliver(const Block& block, const Packet& packet, Record& record);
  Step corrupt(const Block& block, std::string reason);
  template <typename Each>
  bool each_option(wire::ByteView options, Each each) const;

  ByteOrder order_;
  std::vector<Interface> section_;
  /// The interface of the last packet, and when it came by its clock.
  size_t last_ = 0;
  uint64_t ticks_ = 0;
};

}  // namespace sys
