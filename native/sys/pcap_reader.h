#pragma once
#include "sys/capture_reader.h"

namespace sys {

/// Classic pcap: either byte order, microseconds or nanoseconds, and the "modified" form of old Red
/// Hat systems with its longer record headers (draft-ietf-opsawg-pcap).
class PcapReader : public RecordReader {
 public:
  static constexpr size_t kFileHeaderBytes = 24;

  /// Whether a file that begins with this word is one of these.
  static bool knows(uint32_t big_endian_magic);

  Step next(Cursor& cursor, wire::Frame& frame);

 private:
  Step read_file_header(Cursor& cursor);

  ByteOrder order_;
  bool has_header_ = false;
  bool is_nano_ = false;
  uint16_t minor_version_ = 0;
  uint16_t link_type_ = 0;
  size_t record_header_bytes_ = 16;
};

}  // namespace sys
