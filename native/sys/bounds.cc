#include "sys/bounds.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include <cerrno>

namespace sys {

Result<BoundsFound> read_bounds(NftSocket& socket, std::string_view table, std::string_view set,
                                size_t key_size) {
  constexpr int kTries = 20;
  BoundsFound found;
  netlink::Buffer request;
  Failure failure{"nfnetlink", EINTR};
  // A change in the midst of a dump may have moved elements behind the reader's back.
  for (int tries = 0; tries < kTries && failure.error == EINTR; tries++) {
    found = {};
    const uint32_t sequence = socket.take_sequences(0);
    netlink::AttributeWriter writer = netlink::begin_request(
        request, NFT_MSG_GETSETELEM, NLM_F_DUMP | NLM_F_ACK, sequence, NFPROTO_INET);
    writer.text(NFTA_SET_ELEM_LIST_TABLE, table);
    writer.text(NFTA_SET_ELEM_LIST_SET, set);
    netlink::end_request(request);
    const auto dumped = socket.dump(request, sequence, [&](auto attributes) {
      netlink::read_bounds(attributes, key_size, found.keys, found.bounds);
    });
    if (dumped.ok()) return found;
    failure = dumped.failure();
  }
  return failure;
}

}  // namespace sys
