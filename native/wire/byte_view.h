#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace wire {

/// Bytes that somebody else owns. Whoever reads has asked `has` for the span before: lengths once,
/// then fields.
class ByteView {
 public:
  constexpr ByteView() = default;
  constexpr ByteView(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  constexpr const uint8_t* data() const { return data_; }
  constexpr size_t size() const { return size_; }
  constexpr bool has(size_t offset, size_t count) const {
    return offset <= size_ && count <= size_ - offset;
  }

  constexpr uint8_t u8(size_t offset) const { return data_[offset]; }
  uint16_t be16(size_t offset) const { return big(load<uint16_t>(offset)); }
  uint32_t be32(size_t offset) const { return big(load<uint32_t>(offset)); }
  /// In this machine's own order, for sums and comparisons that don't care.
  uint32_t native32(size_t offset) const { return load<uint32_t>(offset); }
  uint64_t native64(size_t offset) const { return load<uint64_t>(offset); }

  constexpr ByteView from(size_t offset) const { return {data_ + offset, size_ - offset}; }
  constexpr ByteView first(size_t count) const { return {data_, count}; }

 private:
  template <typename T>
  T load(size_t offset) const {
    T value;
    std::memcpy(&value, data_ + offset, sizeof value);
    return value;
  }

  static uint16_t big(uint16_t value) {
    return std::endian::native == std::endian::big ? value : __builtin_bswap16(value);
  }
  static uint32_t big(uint32_t value) {
    return std::endian::native == std::endian::big ? value : __builtin_bswap32(value);
  }

  const uint8_t* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace wire
