#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace netlink {

/// Bytes of messages under construction. Cleared, it keeps its memory for the next transaction.
class Buffer {
 public:
  size_t size() const { return size_; }
  void clear() { size_ = 0; }
  void shrink_to(size_t size) { size_ = size; }
  std::span<const std::byte> bytes() const { return {memory_.data(), size_}; }

  /// `count` more bytes, of undefined content; the pointer holds until the next claim.
  std::byte* claim(size_t count) {
    if (memory_.size() - size_ < count) memory_.resize((memory_.size() + count) * 2);
    std::byte* at = memory_.data() + size_;
    size_ += count;
    return at;
  }

  void append(std::span<const std::byte> bytes) {
    if (!bytes.empty()) std::memcpy(claim(bytes.size()), bytes.data(), bytes.size());
  }

  /// Writes over bytes that were claimed before.
  template <typename T>
  void patch(size_t at, T value) {
    std::memcpy(memory_.data() + at, &value, sizeof value);
  }

 private:
  std::vector<std::byte> memory_;
  size_t size_ = 0;
};

}  // namespace netlink
