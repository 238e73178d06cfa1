#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "netlink/links.h"
#include "netlink/replies.h"

/// Datagrams of rtnetlink, or what might come in their place: any bytes must end in news and in
/// links whose texts lie within them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // A copy of its own size, so that a read behind its end is seen.
  const auto copy = std::make_unique<std::byte[]>(size);
  if (size > 0) std::memcpy(copy.get(), data, size);
  const std::span<const std::byte> datagram(copy.get(), size);
  netlink::news_in(datagram);
  netlink::ReplyReader replies(datagram);
  netlink::Link link;
  for (netlink::Reply reply; replies.next(reply);) {
    if (netlink::read_link(reply, link) && link.name.size() + link.kind.size() > size)
      __builtin_trap();
  }
  return 0;
}
