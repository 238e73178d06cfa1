#pragma once
#include <cstddef>
#include <span>
#include <string_view>

namespace netlink {

/// What the kernel's news of the ruleset tell, as far as it is our business.
struct Changes {
  bool to_table = false;  ///< something in our table was made, altered or deleted
  bool of_nat = false;    ///< a chain that translates addresses was made
};

/// Adds what the messages of one datagram tell. Total: ends at the first that does not fit.
void note_changes(std::span<const std::byte> datagram, std::string_view table, Changes& changes);

}  // namespace netlink
