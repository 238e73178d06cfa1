#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace netlink {

/// What a match of iptables says, in the words of `RuleWords`; nothing where it always holds, `?`
/// where it is not understood.
std::string extension_words(std::string_view name, std::span<const std::byte> info);

}  // namespace netlink
