#include "netlink/element_tag.h"

#include <linux/netfilter/nf_tables.h>

#include <algorithm>

namespace netlink {

namespace {

constexpr uint8_t kCommentType = 0;
constexpr uint8_t kTagType = 0x70;
constexpr size_t kTagSize = 16 + 8 + 8 + 4 + 4;
constexpr size_t kMaxCommentSize = 127;  // with its zero byte 128, which is nft's own limit

template <typename T>
std::byte* put(std::byte* at, const T& value) {
  std::memcpy(at, &value, sizeof value);
  return at + sizeof value;
}

template <typename T>
const std::byte* take(const std::byte* at, T& value) {
  std::memcpy(&value, at, sizeof value);
  return at + sizeof value;
}

}  // namespace

// User data are a list of (type, length, value) with one byte for type and length each.
void write_user_data(AttributeWriter& writer, std::string_view comment, const ElementTag& tag) {
  const size_t length = std::min(comment.size(), kMaxCommentSize);
  std::array<std::byte, 2 + kMaxCommentSize + 1 + 2 + kTagSize> memory;
  std::byte* at = memory.data();
  at = put(at, kCommentType);
  at = put(at, static_cast<uint8_t>(length + 1));
  std::memcpy(at, comment.data(), length);
  at = put(at + length, uint8_t{0});
  at = put(at, kTagType);
  at = put(at, static_cast<uint8_t>(kTagSize));
  at = put(at, tag.boot);
  at = put(at, tag.grant);
  at = put(at, tag.deadline_ms);
  at = put(at, tag.door_hash);
  at = put(at, tag.giver);
  writer.bytes(NFTA_SET_ELEM_USERDATA, {memory.data(), static_cast<size_t>(at - memory.data())});
}

bool read_tag(std::span<const std::byte> user_data, ElementTag& tag) {
  while (user_data.size() >= 2) {
    const auto type = static_cast<uint8_t>(user_data[0]);
    const auto length = static_cast<size_t>(user_data[1]);
    if (length > user_data.size() - 2) return false;
    if (type == kTagType && length == kTagSize) {
      const std::byte* at = user_data.data() + 2;
      at = take(at, tag.boot);
      at = take(at, tag.grant);
      at = take(at, tag.deadline_ms);
      at = take(at, tag.door_hash);
      take(at, tag.giver);
      return true;
    }
    user_data = user_data.subspan(2 + length);
  }
  return false;
}

}  // namespace netlink
