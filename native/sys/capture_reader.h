#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sys/cursor.h"
#include "wire/byte_view.h"
#include "wire/frame.h"

namespace sys {

/// What a reader says to "the next frame, please".
enum class Step : uint8_t {
  frame,   ///< here it is, on loan from the window
  hungry,  ///< it is not whole yet: give more bytes
  end,     ///< the input ended between two records
  failed,  ///< the input can't be read further; see `CaptureFailure`
};

/// Why a capture can't be read (further). `code` is that of the CaptureError it becomes.
struct CaptureFailure {
  const char* code = "";
  uint64_t offset = 0;
  std::string reason;
};

/// A longer record is a lie: the longest frames Linux makes (BIG TCP) have 524,280 bytes.
constexpr uint32_t kMaxCapturedBytes = 1 << 20;
/// Longer pcapng blocks are refused, as by other readers of the format.
constexpr uint32_t kMaxBlockBytes = 16 << 20;

/// The integers of a capture, in the byte order of the machine that wrote it.
class ByteOrder {
 public:
  constexpr ByteOrder() = default;
  constexpr explicit ByteOrder(bool is_big) : is_big_(is_big) {}

  bool is_big() const { return is_big_; }

  uint16_t u16(wire::ByteView bytes, size_t at) const {
    const uint16_t value = bytes.be16(at);
    return is_big_ ? value : __builtin_bswap16(value);
  }
  uint32_t u32(wire::ByteView bytes, size_t at) const {
    const uint32_t value = bytes.be32(at);
    return is_big_ ? value : __builtin_bswap32(value);
  }

 private:
  bool is_big_ = false;
};

/// A frame as it lies in a capture. What else a `wire::Frame` tells is only read once it matters.
struct Record {
  wire::ByteView bytes;
  uint32_t original_length = 0;
};

/// What both formats share: how a reader runs out of bytes, and how it gives up.
class RecordReader {
 public:
  const CaptureFailure& failure() const { return failure_; }
  /// Names by the index that frames carry; "" where the file gives none.
  const std::vector<std::string>& interfaces() const { return interfaces_; }

 protected:
  /// Fewer bytes are left than the record needs.
  Step short_of(Cursor cursor, std::string_view what);
  Step failed(const char* code, uint64_t offset, std::string reason);
  Step unsupported_link(uint64_t offset, uint32_t link_type);

  std::vector<std::string> interfaces_;

 private:
  CaptureFailure failure_;
};

}  // namespace sys
