#pragma once
#include <cstddef>
#include <span>
#include <string>

namespace netlink {

/// What a rule of somebody else says, as far as it decides whether a first packet to a port comes
/// through.
struct RuleWords {
  /// What all must hold, with commas between; a dash for nothing. What is not understood is a
  /// question mark, never left out.
  ///
  ///   `4` `6`               the family of the packet
  ///   `proto:N`             its protocol
  ///   `ports:FROM-TO/...`   its destination port lies in one of these
  ///   `set:NAME`            its destination port stands in a set
  ///   `state:BITS`          connection tracking's state, as NF_CT_STATE_BIT has them
  ///   `local`               it is for this host
  ///   `mark:BITS`           by bits of its mark
  std::string conditions;
  /// `accept`, `drop`, `return`, `jump:CHAIN`, `goto:CHAIN`; a dash if it goes on; `?` if nobody
  /// knows.
  std::string verdict;
};

RuleWords words_of(std::span<const std::byte> expressions);

}  // namespace netlink
