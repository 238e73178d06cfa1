#pragma once
#include <cstddef>
#include <functional>
#include <span>
#include <string_view>

#include "netlink/elements.h"

namespace netlink {

/// What the kernel's news of the ruleset tell, as far as it is our business.
struct Changes {
  bool to_table = false;  ///< something in our table was made, altered or deleted
  bool of_nat = false;    ///< a chain that translates addresses was made
};

/// Adds what the messages of one datagram tell. Total: ends at the first that does not fit.
void note_changes(std::span<const std::byte> datagram, std::string_view table, Changes& changes);

using VisitElements = std::function<void(std::span<const std::byte> attributes, size_t set)>;

/// Visits the messages of one datagram that tell of elements put into a described set of this table
/// or taken out of it. Total: ends at the first that does not fit.
void visit_changed_elements(std::span<const std::byte> datagram, const ElementContext& context,
                            std::string_view table, const VisitElements& visit);

}  // namespace netlink
