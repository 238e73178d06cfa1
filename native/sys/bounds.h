#pragma once
#include <cstddef>
#include <string_view>
#include <vector>

#include "netlink/intervals.h"
#include "sys/nft_socket.h"
#include "sys/result.h"

namespace sys {

struct BoundsFound {
  std::vector<std::byte> keys;  ///< one behind the other, in network order
  std::vector<netlink::FoundBound> bounds;
};

/// All bounds of a set of ranges. ENOENT if there is no such set, EINTR if the ruleset changed all
/// the while.
Result<BoundsFound> read_bounds(NftSocket& socket, std::string_view table, std::string_view set,
                                size_t key_size);

}  // namespace sys
