#include "sys/pcapng_reader.h"

#include <algorithm>

namespace sys {
namespace {

constexpr uint32_t kSection = PcapngReader::kMagic;
constexpr uint32_t kInterface = 1;
constexpr uint32_t kObsoletePacket = 2;
constexpr uint32_t kSimplePacket = 3;
constexpr uint32_t kEnhancedPacket = 6;

constexpr uint32_t kByteOrderMagic = 0x1a2b3c4d;
constexpr uint16_t kEndOfOptions = 0;
constexpr uint16_t kInterfaceName = 2;
constexpr uint16_t kTimeResolution = 9;
constexpr uint16_t kTimeOffset = 14;

constexpr uint8_t kMicroseconds = 6;
constexpr size_t kBlockOverhead = 12;
constexpr size_t kMaxInterfaces = 65536;
constexpr size_t kMaxNameBytes = 256;

size_t padded(size_t length) { return (length + 3) & ~size_t{3}; }

}  // namespace

Step PcapngReader::next(Cursor& cursor, Record& record) {
  for (;;) {
    Block block;
    Step step = next_block(cursor, block);
    if (step != Step::frame) return step;
    switch (block.type) {
      case kEnhancedPacket:
      case kObsoletePacket:
        return read_packet(block, record);
      case kSimplePacket:
        return read_simple_packet(block, record);
      case kSection:
        step = read_section(block);
        break;
      case kInterface:
        step = read_interface(block);
        break;
      default:
        break;
    }
    if (step == Step::failed) return step;
  }
}

/// Takes one whole block, whose two lengths agree, off the cursor.
Step PcapngReader::next_block(Cursor& cursor, Block& block) {
  if (!cursor.has(kBlockOverhead)) return short_of(cursor, "block");
  const wire::ByteView bytes = cursor.rest();
  block.offset = cursor.offset();
  // A section may change the byte order, so its magic comes before its length.
  if (bytes.be32(0) == kSection) {
    const bool is_big = bytes.be32(8) == kByteOrderMagic;
    if (!is_big && __builtin_bswap32(bytes.be32(8)) != kByteOrderMagic) {
      return corrupt(block, "a section without a byte-order magic");
    }
    order_ = ByteOrder(is_big);
  }
  block.type = order_.u32(bytes, 0);
  const uint32_t length = order_.u32(bytes, 4);
  if (length < kBlockOverhead || length % 4 != 0 || length > kMaxBlockBytes) {
    return corrupt(block, "a block length of " + std::to_string(length));
  }
  if (!cursor.has(length)) return short_of(cursor, "block");
  if (order_.u32(bytes, length - 4) != length) {
    return corrupt(block, "a block whose two lengths differ");
  }
  block.body = bytes.first(length - 4).from(8);
  cursor.advance(length);
  return Step::frame;
}

/// Interfaces are numbered anew in every section.
Step PcapngReader::read_section(const Block& block) {
  if (block.body.size() < 16) return corrupt(block, "a section header that is too short");
  const uint16_t major = order_.u16(block.body, 4);
  if (major != 1) {
    return failed("CAPTURE_NOT_A_CAPTURE", block.offset,
                  "pcapng version " + std::to_string(major) + " is not supported");
  }
  section_.clear();
  const bool is_whole = each_option(block.body.from(16), [](uint16_t, wire::ByteView) {});
  return is_whole ? Step::frame : corrupt(block, "an option longer than its block");
}

Step PcapngReader::read_interface(const Block& block) {
  if (block.body.size() < 8) return corrupt(block, "an interface description that is too short");
  if (section_.size() == kMaxInterfaces) return corrupt(block, "more than 65,536 interfaces");
  std::string name;
  uint8_t resolution = kMicroseconds;
  int64_t offset_seconds = 0;
  const bool is_whole = each_option(block.body.from(8), [&](uint16_t code, wire::ByteView value) {
    if (code == kInterfaceName) {
      name.assign(reinterpret_cast<const char*>(value.data()),
                  std::min(value.size(), kMaxNameBytes));
    } else if (code == kTimeResolution && value.size() >= 1) {
      resolution = value.u8(0);
    } else if (code == kTimeOffset && value.size() >= 8) {
      const uint64_t first = order_.u32(value, 0);
      const uint64_t second = order_.u32(value, 4);
      offset_seconds =
          static_cast<int64_t>(order_.is_big() ? first << 32 | second : second << 32 | first);
    }
  });
  if (!is_whole) return corrupt(block, "an option longer than its block");

  // The column has 16 bits; interfaces of later sections share its last number if they must.
  const size_t index = std::min(interfaces_.size(), kMaxInterfaces - 1);
  if (interfaces_.size() < kMaxInterfaces) interfaces_.push_back(std::move(name));
  section_.push_back({order_.u16(block.body, 0), order_.u32(block.body, 4),
                      static_cast<uint16_t>(index), TickClock(resolution, offset_seconds)});
  return Step::frame;
}

/// The obsolete packet block has a 16-bit interface and a drop count where the enhanced one has 32
/// bits.
Step PcapngReader::read_packet(const Block& block, Record& record) {
  if (block.body.size() < 20) return corrupt(block, "a packet block that is too short");
  Packet packet;
  packet.interface =
      block.type == kEnhancedPacket ? order_.u32(block.body, 0) : order_.u16(block.body, 0);
  packet.ticks = uint64_t{order_.u32(block.body, 4)} << 32 | order_.u32(block.body, 8);
  packet.captured = order_.u32(block.body, 12);
  packet.original = order_.u32(block.body, 16);
  packet.at = 20;
  return deliver(block, packet, record);
}

/// A simple packet has no time, and no captured length either: it is what the snap length left.
Step PcapngReader::read_simple_packet(const Block& block, Record& record) {
  if (block.body.size() < 4) return corrupt(block, "a packet block that is too short");
  Packet packet;
  packet.original = order_.u32(block.body, 0);
  packet.at = 4;
  packet.captured = std::min(packet.original, static_cast<uint32_t>(block.body.size() - 4));
  const uint32_t snap_length = section_.empty() ? 0 : section_[0].snap_length;
  if (snap_length != 0) packet.captured = std::min(packet.captured, snap_length);
  return deliver(block, packet, record);
}

Step PcapngReader::deliver(const Block& block, const Packet& packet, Record& record) {
  if (packet.interface >= section_.size()) {
    return corrupt(block, "a packet of interface " + std::to_string(packet.interface) +
                              ", which the section does not describe");
  }
  const Interface& interface = section_[packet.interface];
  if (!wire::is_supported(interface.link_type)) {
    return unsupported_link(block.offset, interface.link_type);
  }
  if (!block.body.has(packet.at, packet.captured)) {
    return corrupt(block,
                   "a packet of " + std::to_string(packet.captured) + " bytes in a shorter block");
  }
  last_ = packet.interface;
  ticks_ = packet.ticks;
  record.bytes = block.body.from(packet.at).first(packet.captured);
  record.original_length = packet.original;
  return Step::frame;
}

wire::Frame PcapngReader::frame(Record record) const {
  const Interface& interface = section_[last_];
  const Moment moment = interface.clock.at(ticks_);
  return {
      .bytes = record.bytes,
      .original_length = record.original_length,
      .link_type = interface.link_type,
      .interface = interface.index,
      .seconds = moment.seconds,
      .nanoseconds = moment.nanoseconds,
  };
}

Step PcapngReader::corrupt(const Block& block, std::string reason) {
  return failed("CAPTURE_CORRUPT", block.offset, std::move(reason));
}

/// False if an option claims more bytes than there are.
template <typename Each>
bool PcapngReader::each_option(wire::ByteView options, Each each) const {
  size_t at = 0;
  while (options.has(at, 4)) {
    const uint16_t code = order_.u16(options, at);
    const uint16_t length = order_.u16(options, at + 2);
    if (code == kEndOfOptions) return true;
    if (!options.has(at + 4, padded(length))) return false;
    each(code, options.from(at + 4).first(length));
    at += 4 + padded(length);
  }
  return true;
}

}  // namespace sys
