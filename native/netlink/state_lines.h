#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netlink/attributes.h"

namespace netlink {

/// What a dump says of its objects, in lines of words.
using StateLines = std::vector<std::string>;

/// Words with a space between.
template <typename... Words>
std::string line(std::string_view first, const Words&... words) {
  std::string text(first);
  ((text += ' ', text += words), ...);
  return text;
}

/// An attribute's number as a word; a dash if there is none.
template <std::unsigned_integral T = uint32_t>
std::string number_word(std::span<const std::byte> attributes, uint16_t type) {
  return find(attributes, type).empty() ? "-" : std::to_string(number_in<T>(attributes, type));
}

}  // namespace netlink
