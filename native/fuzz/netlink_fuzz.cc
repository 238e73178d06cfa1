#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "netlink/elements.h"
#include "netlink/replies.h"

/// What the kernel answers, or what might come in its place: datagrams of any bytes must end in
/// replies, and dumps in rows, without a read outside of them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kRows = 8;
  static const netlink::ElementContext context = [] {
    netlink::ElementContext made;
    made.table = "postern";
    for (uint8_t key = 0; key < 4; key++) {
      made.sets.push_back({"set", static_cast<netlink::KeyKind>(key)});
    }
    made.doors.push_back({"ssh", 1});
    return made;
  }();
  alignas(8) static std::array<std::byte, netlink::ElementColumns::bytes_for(kRows)> memory;
  const auto rows = netlink::ElementColumns::over(memory.data(), kRows);

  // A copy of its own size, so that a read behind its end is seen.
  const auto copy = std::make_unique<std::byte[]>(size);
  if (size > 0) std::memcpy(copy.get(), data, size);
  netlink::ReplyReader replies(std::span<const std::byte>(copy.get(), size));
  for (netlink::Reply reply; replies.next(reply);) {
    netlink::is_nat_chain(reply.attributes);
    netlink::generation_of(reply.attributes);
    for (size_t set = 0; set < context.sets.size(); set++) {
      const size_t filled = netlink::read_elements(reply.attributes, context, set, rows, 2);
      if (filled > kRows - 2) __builtin_trap();
    }
    if (reply.reason.size() > size) __builtin_trap();
  }
  return 0;
}
