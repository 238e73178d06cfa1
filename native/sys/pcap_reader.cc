#include "sys/pcap_reader.h"

namespace sys {
namespace {

constexpr uint32_t kMicro = 0xa1b2c3d4;
constexpr uint32_t kNano = 0xa1b23c4d;
constexpr uint32_t kModified = 0xa1b2cd34;

bool is_magic(uint32_t word) { return word == kMicro || word == kNano || word == kModified; }

}  // namespace

template <bool kIsBig>
bool PcapReader<kIsBig>::knows(uint32_t word) {
  return is_magic(kIsBig ? word : __builtin_bswap32(word));
}

template <bool kIsBig>
Step PcapReader<kIsBig>::too_long(Cursor cursor, uint32_t captured) {
  return failed("CAPTURE_CORRUPT", cursor.offset(),
                "a record of " + std::to_string(captured) + " bytes, more than any frame has");
}

template <bool kIsBig>
Step PcapReader<kIsBig>::begin(Cursor& cursor) {
  if (has_header_) return Step::frame;
  if (!cursor.has(kFileHeaderBytes)) return short_of(cursor, "file header");
  const wire::ByteView header = cursor.rest();
  const uint32_t magic = kOrder.u32(header, 0);
  nanoseconds_each_ = magic == kNano ? 1 : 1000;
  record_header_bytes_ = magic == kModified ? 24 : 16;
  const uint16_t major = kOrder.u16(header, 4);
  minor_version_ = kOrder.u16(header, 6);
  if (major != 2) {
    return failed("CAPTURE_NOT_A_CAPTURE", cursor.offset(),
                  "pcap version " + std::to_string(major) + "." + std::to_string(minor_version_) +
                      " is not supported");
  }
  // The upper half of the word tells the length of the frame check sequence, which the IP length
  // makes superfluous.
  link_type_ = static_cast<uint16_t>(kOrder.u32(header, 20));
  if (!wire::is_supported(link_type_)) return unsupported_link(cursor.offset() + 20, link_type_);
  interfaces_.emplace_back();
  has_header_ = true;
  cursor.advance(kFileHeaderBytes);
  return Step::frame;
}

/// The second field is a signed long of struct timeval; a negative one tells no time.
template <bool kIsBig>
wire::Frame PcapReader<kIsBig>::frame(Record record) const {
  const wire::ByteView header(record.bytes.data() - record_header_bytes_, record_header_bytes_);
  const uint32_t field = kOrder.u32(header, 4);
  const uint64_t nanoseconds = uint64_t{field > INT32_MAX ? 0 : field} * nanoseconds_each_;
  return {
      .bytes = record.bytes,
      .original_length = record.original_length,
      .link_type = link_type_,
      .interface = 0,
      .seconds = kOrder.u32(header, 0) + static_cast<int64_t>(nanoseconds / 1'000'000'000),
      .nanoseconds = static_cast<uint32_t>(nanoseconds % 1'000'000'000),
  };
}

template class PcapReader<false>;
template class PcapReader<true>;

}  // namespace sys
