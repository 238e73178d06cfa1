#pragma once
#include <utility>

#include "sys/capture_reader.h"
#include "wire/link.h"

namespace sys {

/// Classic pcap of one byte order: microseconds or nanoseconds, and the "modified" form of old Red
/// Hat systems with its longer record headers (draft-ietf-opsawg-pcap). The order is part of the
/// type, since a question a field would be a tenth of a packet's cost (bench/cases/instructions).
template <bool kIsBig>
class PcapReader : public RecordReader {
 public:
  static constexpr size_t kFileHeaderBytes = 24;

  /// Whether a file that begins with this word is one of these.
  static bool knows(uint32_t big_endian_magic);

  /// Reads what comes before the records, if it did not yet.
  Step begin(Cursor& cursor);

  /// Inlined into the loop that reads: a call a packet would be a fifth of its cost, and what is
  /// handed to one lies in memory.
  Step next(Cursor& cursor, Record& record) {
    if (!cursor.has(record_header_bytes_)) [[unlikely]]
      return short_of(cursor, "record header");
    const wire::ByteView bytes = cursor.rest();
    uint32_t captured = kOrder.u32(bytes, 8);
    uint32_t original = kOrder.u32(bytes, 12);
    // Versions before 2.3 wrote the lengths the other way round, and 2.3 sometimes did.
    if (minor_version_ <= 3) [[unlikely]] {
      if (minor_version_ < 3 || captured > original) std::swap(captured, original);
    }
    if (captured > kMaxCapturedBytes) [[unlikely]]
      return too_long(cursor, captured);
    if (!cursor.has(record_header_bytes_ + captured)) [[unlikely]] {
      return short_of(cursor, "record");
    }

    record.bytes = bytes.from(record_header_bytes_).first(captured);
    record.original_length = original;
    cursor.advance(record_header_bytes_ + captured);
    return Step::frame;
  }

  bool is_ethernet() const { return link_type_ == wire::link_type::kEthernet; }
  /// All that is told of what `next` gave; the time lies in the header right before the bytes.
  wire::Frame frame(Record record) const;

 private:
  Step too_long(Cursor cursor, uint32_t captured);

  static constexpr ByteOrder kOrder{kIsBig};

  bool has_header_ = false;
  uint32_t nanoseconds_each_ = 1000;
  uint16_t minor_version_ = 0;
  uint16_t link_type_ = 0;
  size_t record_header_bytes_ = 16;
};

}  // namespace sys
