#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>

#include "netlink/changes.h"
#include "netlink/elements.h"
#include "netlink/other_chains.h"
#include "netlink/replies.h"
#include "netlink/set_form.h"
#include "netlink/table_state.h"

/// What the kernel answers, or what might come in its place: datagrams of any bytes must end in
/// replies, news of changes, and dumps in rows and lines, without a read outside of them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr size_t kRows = 8;
  static const netlink::ElementContext context = [] {
    netlink::ElementContext made;
    made.table = "postern";
    for (uint8_t key = 0; key < netlink::kKeyKinds; key++) {
      made.sets.push_back({"set", static_cast<netlink::KeyKind>(key), made.table, 1});
    }
    made.doors.push_back({"ssh", 1});
    return made;
  }();
  alignas(8) static std::array<std::byte, netlink::ElementColumns::bytes_for(kRows)> memory;
  const auto rows = netlink::ElementColumns::over(memory.data(), kRows);

  // A copy of its own size, so that a read behind its end is seen.
  const auto copy = std::make_unique<std::byte[]>(size);
  if (size > 0) std::memcpy(copy.get(), data, size);
  const std::span<const std::byte> datagram(copy.get(), size);
  netlink::Changes changes;
  netlink::note_changes(datagram, context.table, changes);
  netlink::visit_changed_elements(
      datagram, context, context.table, [&](auto attributes, size_t set) {
        if (netlink::read_elements(attributes, context, set, rows, 0) > kRows) __builtin_trap();
      });
  netlink::ReplyReader replies(datagram);
  for (netlink::Reply reply; replies.next(reply);) {
    netlink::is_nat_chain(reply.attributes, context.table);
    netlink::generation_of(reply.attributes);
    for (size_t set = 0; set < context.sets.size(); set++) {
      const size_t filled = netlink::read_elements(reply.attributes, context, set, rows, 2);
      if (filled > kRows - 2) __builtin_trap();
    }
    netlink::describe_set_form(reply.attributes);
    netlink::StateLines lines;
    netlink::describe_table(reply.attributes, lines);
    netlink::describe_chain(reply.attributes, context.table, lines);
    netlink::describe_set(reply.attributes, context.table, lines);
    netlink::describe_rule(reply.attributes, context.table, lines);
    netlink::describe_other_chain(reply.attributes, 1, context.table, lines);
    netlink::SetPlaces sets;
    netlink::describe_other_rule(reply.attributes, 1, context.table, lines, sets);
    netlink::describe_other_elements(reply.attributes, 1, {"own", "ports"}, lines);
    netlink::describe_elements(reply.attributes, "open4", lines);
    if (reply.reason.size() > size) __builtin_trap();
  }
  return 0;
}
