#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "netlink/elements.h"
#include "netlink/table_state.h"
#include "sys/nft_socket.h"

namespace sys {

/// Lines on all objects of a table of ours, and on the elements of these sets, of one piece.
/// ENOENT: there is no such table; EINTR: the ruleset changed at every try.
Result<netlink::StateLines> table_state(NftSocket& socket, std::string_view table,
                                        const std::vector<std::string>& sets);

/// Whether the element of a row is there, by its key: a dump may miss one that moves meanwhile.
Result<bool> has_element(NftSocket& socket, const netlink::ElementContext& context,
                         const netlink::ElementColumns& rows, size_t row);

/// Lines on the chains of all tables but this one that decide whether a packet comes through.
Result<netlink::StateLines> other_chains(NftSocket& socket, std::string_view own_table);

/// Whether any other table of any family translates addresses.
Result<bool> has_nat_chain(NftSocket& socket, std::string_view own_table);

}  // namespace sys
