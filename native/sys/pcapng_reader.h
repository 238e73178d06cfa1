#pragma once
#include <vector>

#include "sys/capture_reader.h"
#include "sys/tick_clock.h"

namespace sys {

/// pcapng: sections in either byte order, interfaces each with a link type and clock of its own,
/// enhanced, simple and obsolete packet blocks; all other blocks are passed over
/// (draft-ietf-opsawg-pcapng).
class PcapngReader : public RecordReader {
 public:
  static constexpr uint32_t kMagic = 0x0a0d0d0a;

  Step next(Cursor& cursor, wire::Frame& frame);

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
  Step read_packet(const Block& block, wire::Frame& frame);
  Step read_simple_packet(const Block& block, wire::Frame& frame);
  Step deliver(const Block& block, const Packet& packet, wire::Frame& frame);
  Step corrupt(const Block& block, std::string reason);
  template <typename Each>
  bool each_option(wire::ByteView options, Each each) const;

  ByteOrder order_;
  std::vector<Interface> section_;
};

}  // namespace sys
