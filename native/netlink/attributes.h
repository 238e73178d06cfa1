#pragma once
#include <linux/netlink.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "netlink/buffer.h"
#include "netlink/byte_order.h"

namespace netlink {

/// The longest attribute: its length field has 16 bits, nests included.
constexpr size_t kMaxAttributeSize = 0xffff;

/// Writes attributes, each a header of four bytes and a value padded to a multiple of four.
class AttributeWriter {
 public:
  explicit AttributeWriter(Buffer& buffer) : buffer_(buffer) {}

  void bytes(uint16_t type, std::span<const std::byte> value);
  /// A string and the zero byte behind it.
  void text(uint16_t type, std::string_view value);
  /// A number in network order.
  template <std::unsigned_integral T>
  void number(uint16_t type, T value) {
    const T big = big_endian(value);
    bytes(type, std::as_bytes(std::span(&big, 1)));
  }

  /// Opens a nest; returns where it begins, for `close`.
  size_t open(uint16_t type);
  void close(size_t nest);

  Buffer& buffer() { return buffer_; }

 private:
  Buffer& buffer_;
};

/// One attribute of a message that came in.
struct Attribute {
  uint16_t type = 0;
  std::span<const std::byte> value;

  /// A number in network order; 0 if the value is of another size.
  template <std::unsigned_integral T>
  T number() const {
    T big = 0;
    if (value.size() == sizeof big) std::memcpy(&big, value.data(), sizeof big);
    return big_endian(big);
  }
  /// A number in host order, as rtnetlink has them; 0 if the value is of another size.
  template <std::integral T>
  T native() const {
    T number = 0;
    if (value.size() == sizeof number) std::memcpy(&number, value.data(), sizeof number);
    return number;
  }
  /// A string up to its zero byte.
  std::string_view text() const;
};

/// Walks over attributes. Ends at the first one that does not fit into the bytes given.
class AttributeReader {
 public:
  explicit AttributeReader(std::span<const std::byte> bytes) : rest_(bytes) {}
  bool next(Attribute& attribute);

 private:
  std::span<const std::byte> rest_;
};

/// The value of the first attribute of a type; empty if there is none.
std::span<const std::byte> find(std::span<const std::byte> attributes, uint16_t type);
/// That value as a string; empty if there is none.
std::string_view text_in(std::span<const std::byte> attributes, uint16_t type);
/// That value as a number in network order; 0 if there is none of this size.
template <std::unsigned_integral T = uint32_t>
T number_in(std::span<const std::byte> attributes, uint16_t type) {
  return Attribute{type, find(attributes, type)}.number<T>();
}

}  // namespace netlink
