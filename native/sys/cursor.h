#pragma once
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

  /// Asks for the lines that lie 4 KiB ahead of what was passed since `before`: a parser that
  /// touches only headers outruns the hardware's own prefetching and waits for memory
  /// (bench/cases/replay). Behind the window it asks for nothing that would be read, which costs
  /// nothing.
  void prefetch_since(size_t before) const {
    constexpr size_t kAhead = 4096;
    constexpr size_t kLine = 64;
    const auto window = reinterpret_cast<uintptr_t>(window_.data());
    for (size_t at = before; at < at_; at += kLine)
      __builtin_prefetch(reinterpret_cast<const void*>(window + at + kAhead));
  }

 private:
  wire::ByteView window_;
  uint64_t offset_ = 0;
  size_t at_ = 0;
  bool is_last_ = false;
};

}  // namespace sys
