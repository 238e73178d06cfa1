#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

/// THE description of a set element on its way between JavaScript and the kernel: one line a
/// column. The columns lie one after another in one block of memory, each beginning at a multiple
/// of 8 bytes; src/firewall/nft/element-rows.ts compares `elementLayout` with what it expects.
#define ELEMENT_COLUMNS(X)                                                             \
  X(timeoutMs, double, "to send: how long it lives; read: how long it has left")       \
  X(deadlineMs, double, "when its grant ends, on the monotonic clock")                 \
  X(grant, double, "number of the grant")                                              \
  X(word0, uint32_t, "address, first word, host order; IPv4 stands in word3")          \
  X(word1, uint32_t, "address, second word")                                           \
  X(word2, uint32_t, "address, third word")                                            \
  X(word3, uint32_t, "address, last word")                                             \
  X(door, uint32_t, "index of the door's label; read: kNoDoor if no label is its own") \
  X(giver, uint32_t, "who gave the grant: src/firewall/giver.ts")                      \
  X(port, uint16_t, "host order; 0 where the key is an address alone")                 \
  X(error, uint16_t, "what the kernel (or the encoder) said: an errno, 0 for none")    \
  X(set, uint8_t, "index of the set's description")                                    \
  X(protocol, uint8_t, "IP protocol number; 0 where the key is an address alone")      \
  X(action, uint8_t, "to send: an ElementAction; read: 1 if the tag is of this boot")

namespace netlink {

constexpr uint32_t kNoDoor = 0xffffffffu;

/// What is to become of an element.
enum class ElementAction : uint8_t {
  kAdd = 0,  ///< it is not there
  kRenew =
      1,  ///< it may be there: add, delete, add, which no kernel and no state of the set refuses
  kRemove = 2,  ///< it may be there: add, delete
  kPlain = 3,   ///< it is not there, and no grant of ours: it gets no tag
  kNone = 4,    ///< it is somebody else's, and left alone
};

/// Views over a block of element columns with room for `capacity` rows.
struct ElementColumns {
#define X(name, type, text) type* name = nullptr;
  ELEMENT_COLUMNS(X)
#undef X
  size_t capacity = 0;

  static constexpr size_t bytes_for(size_t capacity) {
    size_t size = 0;
#define X(name, type, text) size += padded(sizeof(type) * capacity);
    ELEMENT_COLUMNS(X)
#undef X
    return size;
  }

  static ElementColumns over(std::byte* memory, size_t capacity) {
    ElementColumns columns;
    columns.capacity = capacity;
#define X(name, type, text)                       \
  columns.name = reinterpret_cast<type*>(memory); \
  memory += padded(sizeof(type) * capacity);
    ELEMENT_COLUMNS(X)
#undef X
    return columns;
  }

 private:
  static constexpr size_t padded(size_t size) { return (size + 7) & ~size_t{7}; }
};

}  // namespace netlink
