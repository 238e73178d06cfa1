#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "netlink/attributes.h"

namespace netlink {

using BootId = std::array<std::byte, 16>;

/// A door as its elements name it: a comment that `nft list set` shows, and a number that tells
/// doors apart at the next start.
struct DoorLabel {
  std::string comment;
  uint32_t hash = 0;
};

/// What an element's user data say: whose it is, and until when.
struct ElementTag {
  BootId boot{};
  double grant = 0;
  double deadline_ms = 0;
  uint32_t door_hash = 0;
  uint32_t giver = 0;
};

/// Writes the user data of an element: nft's comment (type 0) and our tag behind it. The tag has a
/// type of its own that nft does not print, so a ruleset that was saved as text comes back without
/// it.
void write_user_data(AttributeWriter& writer, std::string_view comment, const ElementTag& tag);

/// Finds our tag among an element's user data.
bool read_tag(std::span<const std::byte> user_data, ElementTag& tag);

}  // namespace netlink
