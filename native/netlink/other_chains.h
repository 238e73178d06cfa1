#pragma once
#include <cstddef>
#include <span>
#include <string_view>

#include "netlink/table_state.h"

namespace netlink {

/// What a dump says of other people's chains, as far as it decides whether a packet comes through;
/// a line each, with the number of the family that the dump was asked for.
///
///   `base FAMILY HOOK PRIORITY POLICY TYPE CHAIN TABLE`: a chain with a hook; a dash for no policy
///
///   `chain FAMILY CHAIN TABLE`: any other
///
///   `drops FAMILY CHAIN TABLE`: a rule that lets nothing pass it
///
///   `admits FAMILY MASK CHAIN TABLE`: a rule that accepts by bits of the mark
void describe_other_chain(std::span<const std::byte> attributes, unsigned family,
                          std::string_view own_table, StateLines& lines);
void describe_other_rule(std::span<const std::byte> attributes, unsigned family,
                         std::string_view own_table, StateLines& lines);

}  // namespace netlink
