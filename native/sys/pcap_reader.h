#pragma once
#include <utility>

#include "sys/capture_reader.h"

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

  /// Inlined into the loop that reads: a call a packet would be a fifth of its cost.
  Step next(Cursor& cursor, wire::Frame& frame) {
    if (!has_header_) [[unlikely]] {
      const Step step = read_file_header(cursor);
      if (step != Step::frame) return step;
    }
    if (!cursor.has(record_header_bytes_)) [[unlikely]]
      return short_of(cursor, "record header");
    const wire::ByteView record = cursor.rest();
    uint32_t captured = kOrder.u32(record, 8);
    uint32_t original = kOrder.u32(record, 12);
    // Versions before 2.3 wrote the lengths the other way round, and 2.3 sometimes did.
    if (minor_version_ <= 3) [[unlikely]] {
      if (minor_version_ < 3 || captured > original) std::swap(captured, original);
    }
    if (captured > kMaxCapturedBytes) [[unlikely]]
      return too_long(cursor, captured);
    if (!cursor.has(record_header_bytes_ + captured)) [[unlikely]] {
      return short_of(cursor, "record");
    }

    frame.bytes = record.from(record_header_bytes_).first(captured);
    frame.original_length = original;
    frame.link_type = link_type_;
    set_time(kOrder.u32(record, 0), kOrder.u32(record, 4), frame);
    cursor.advance(record_header_bytes_ + captured);
    return Step::frame;
  }

 private:
  Step read_file_header(Cursor& cursor);
  Step too_long(const Cursor& cursor, uint32_t captured);

  /// The second field is a signed long of struct timeval; a negative one tells no time.
  void set_time(uint32_t seconds, uint32_t field, wire::Frame& frame) const {
    const uint64_t fraction = field > INT32_MAX ? 0 : field;
    const uint64_t nanoseconds = fraction * nanoseconds_each_;
    frame.seconds = seconds;
    frame.nanoseconds = static_cast<uint32_t>(nanoseconds);
    if (nanoseconds >= 1'000'000'000) [[unlikely]] {
      frame.seconds += static_cast<int64_t>(nanoseconds / 1'000'000'000);
      frame.nanoseconds = static_cast<uint32_t>(nanoseconds % 1'000'000'000);
    }
  }

  static constexpr ByteOrder kOrder{kIsBig};

  bool has_header_ = false;
  uint32_t nanoseconds_each_ = 1000;
  uint16_t minor_version_ = 0;
  uint16_t link_type_ = 0;
  size_t record_header_bytes_ = 16;
};

}  // namespace sys
