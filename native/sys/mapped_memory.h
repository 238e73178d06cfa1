#pragma once
#include <sys/mman.h>

#include <cstddef>
#include <span>
#include <utility>

namespace sys {

/// Owns a mapping; empty if its size is 0.
class MappedMemory {
 public:
  MappedMemory() = default;
  explicit MappedMemory(std::span<std::byte> bytes) : bytes_(bytes) {}
  MappedMemory(MappedMemory&& other) noexcept
      : bytes_(std::exchange(other.bytes_, std::span<std::byte>{})) {}
  MappedMemory& operator=(MappedMemory&& other) noexcept {
    if (this != &other) {
      reset();
      bytes_ = std::exchange(other.bytes_, std::span<std::byte>{});
    }
    return *this;
  }
  ~MappedMemory() { reset(); }

  std::span<std::byte> bytes() const { return bytes_; }
  void reset() {
    if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
    bytes_ = {};
  }

 private:
  std::span<std::byte> bytes_;
};

}  // namespace sys
