#include "sys/capture_reader.h"

#include <utility>

namespace sys {

Step RecordReader::short_of(Cursor cursor, std::string_view what) {
  if (!cursor.is_last()) return Step::hungry;
  if (cursor.left() == 0) return Step::end;
  return failed("CAPTURE_TRUNCATED", cursor.offset(),
                "the file ends inside a " + std::string(what));
}

Step RecordReader::failed(const char* code, uint64_t offset, std::string reason) {
  failure_ = {code, offset, std::move(reason)};
  return Step::failed;
}

Step RecordReader::unsupported_link(uint64_t offset, uint32_t link_type) {
  return failed("CAPTURE_LINK_TYPE", offset,
                "link type " + std::to_string(link_type) + " not supported");
}

}  // namespace sys
