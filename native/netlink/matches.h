#pragma once
#include <cstdint>
#include <string_view>

#include "netlink/expressions.h"
#include "netlink/key_kind.h"

namespace netlink {

/// What a rule of the guard asks of a packet. Each writes the expressions of one match as nft's
/// text names it; a rule goes on only if it holds.

/// `tcp dport 22`, `udp dport 60000-61000`
void match_ports(ExpressionWriter& rule, uint8_t protocol, uint16_t from, uint16_t to);
/// `tcp dport @set`
void match_port_set(ExpressionWriter& rule, uint8_t protocol, std::string_view set);
/// `tcp flags & (syn | ack) != syn`
void match_not_new_tcp(ExpressionWriter& rule);
/// `iif "lo"`
void match_loopback(ExpressionWriter& rule);
/// `iifname != @set`
void match_other_interfaces(ExpressionWriter& rule, std::string_view set);
/// `fib daddr type local`
void match_local_target(ExpressionWriter& rule);
/// `meta l4proto . th dport @set`
void match_service(ExpressionWriter& rule, std::string_view set, bool is_not);
/// `ip saddr @set`, `ip6 saddr & MASK . meta l4proto . th dport @set`: the set's key says which.
void match_source(ExpressionWriter& rule, std::string_view set, KeyKind key, uint8_t prefix);

}  // namespace netlink
