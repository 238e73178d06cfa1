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

/// Whose element stands at a key.
enum class ElementOwner : uint8_t { kNobody, kOurs, kOther };

/// Whose the element of a row is, by its key: a dump may miss one that moves meanwhile. Ours bear a
/// tag of this boot.
Result<ElementOwner> owner_of(NftSocket& socket, const netlink::ElementContext& context,
                              const netlink::ElementColumns& rows, size_t row);

/// A line on one set, `TABLE.SET FORM`: the handles, and what it is like (netlink/set_form.h);
/// empty if there is none.
Result<std::string> set_form(NftSocket& socket, uint8_t family, std::string_view table,
                             std::string_view set);

/// Lines on the chains of all tables but this one that decide whether a packet comes through.
Result<netlink::StateLines> other_chains(NftSocket& socket, std::string_view own_table);

/// Whether any other table of any family translates addresses.
Result<bool> has_nat_chain(NftSocket& socket, std::string_view own_table);

}  // namespace sys
