#pragma once
#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "netlink/state_lines.h"

namespace netlink {

/// A table and a set in it.
using SetPlace = std::pair<std::string, std::string>;
using SetPlaces = std::set<SetPlace>;

/// What a dump says of other people's chains, as far as it decides whether a packet comes through;
/// a line each, with the number of the family that the dump was asked for.
///
///   `base FAMILY HOOK PRIORITY POLICY TYPE CHAIN TABLE`: a chain with a hook; a dash for no policy
///
///   `chain FAMILY CHAIN TABLE`: any other
///
///   `rule FAMILY VERDICT CONDITIONS CHAIN TABLE`: a rule, in the words of `RuleWords`, in the
///   order of its chain
///
///   `port FAMILY PORT SET TABLE`: a port, or the first of an interval, in a set that a rule asks
///   for
///
///   `end FAMILY PORT SET TABLE`: the port behind the last one of an interval
void describe_other_chain(std::span<const std::byte> attributes, unsigned family,
                          std::string_view own_table, StateLines& lines);
/// `sets` gets those that the rule asks for ports.
void describe_other_rule(std::span<const std::byte> attributes, unsigned family,
                         std::string_view own_table, StateLines& lines, SetPlaces& sets);
void describe_other_elements(std::span<const std::byte> attributes, unsigned family,
                             const SetPlace& set, StateLines& lines);

}  // namespace netlink
