#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "wire/byte_view.h"

namespace sys {

/// A place in the bytes of a capture, of which a window is at hand: a whole mapped file, or what a
/// pipe has delivered so far.
class Cursor {
 public:
  Cursor() = default;
  Cursor(wire::ByteView window, uint64_t offset, bool is_last)
      : window_(window), offset_(offset), is_last_(is_last) {}

  bool has(size_t count) const { return count <= left(); }
  size_t left() const { return window_.size() - at_; }
  /// Whether the window ends where the input does.
  bool is_last() const { return is_last_; }
  /// Offset in the file.
  uint64_t offset() const { return offset_ + at_; }
  /// Bytes of the window that are behind.
  size_t consumed() const { return at_; }
  wire::ByteView rest() const { return window_.from(at_); }
  void advance(size_t count) { at_ += count; }

  /// Asks for every line of the next 4 KiB: a parser that touches only headers outruns the
  /// hardware's own prefetching and waits for memory (bench/cases/replay).
  void prefetch() {
    constexpr size_t kAhead = 4096;
    constexpr size_t kLine = 64;
    const size_t until = std::min(at_ + kAhead, window_.size());
    for (prefetched_ = std::max(prefetched_, at_); prefetched_ < until; prefetched_ += kLine) {
      __builtin_prefetch(window_.data() + prefetched_);
    }
  }

 private:
  wire::ByteView window_;
  uint64_t offset_ = 0;
  size_t at_ = 0;
  size_t prefetched_ = 0;
  bool is_last_ = false;
};

}  // namespace sys
