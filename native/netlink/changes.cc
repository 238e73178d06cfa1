#include "netlink/changes.h"

#include <linux/netfilter/nf_tables.h>

#include "netlink/attributes.h"
#include "netlink/replies.h"

namespace netlink {

namespace {

// Whatever a message is about, its first attribute names the table.
static_assert(NFTA_TABLE_NAME == 1 && NFTA_CHAIN_TABLE == 1 && NFTA_RULE_TABLE == 1 &&
              NFTA_SET_TABLE == 1 && NFTA_SET_ELEM_LIST_TABLE == 1 && NFTA_OBJ_TABLE == 1);

bool names_table(std::span<const std::byte> attributes, std::string_view table) {
  return text_in(attributes, NFTA_TABLE_NAME) == table;
}

bool is_about_elements(const Reply& message) {
  return message.kind == Reply::Kind::kMessage &&
         (message.type == NFT_MSG_NEWSETELEM || message.type == NFT_MSG_DELSETELEM);
}

}  // namespace

void note_changes(std::span<const std::byte> datagram, std::string_view table, Changes& changes) {
  ReplyReader messages(datagram);
  for (Reply message; messages.next(message);) {
    if (message.kind != Reply::Kind::kMessage || message.type == NFT_MSG_NEWGEN) continue;
    changes.to_table = changes.to_table || names_table(message.attributes, table);
    changes.of_nat = changes.of_nat ||
                     (message.type == NFT_MSG_NEWCHAIN && is_nat_chain(message.attributes, table));
  }
}

void visit_changed_elements(std::span<const std::byte> datagram, const ElementContext& context,
                            std::string_view table, const VisitElements& visit) {
  ReplyReader messages(datagram);
  for (Reply message; messages.next(message);) {
    if (!is_about_elements(message) || !names_table(message.attributes, table)) continue;
    const std::string_view name = text_in(message.attributes, NFTA_SET_ELEM_LIST_SET);
    for (size_t set = 0; set < context.sets.size(); set++) {
      const SetDescription& described = context.sets[set];
      if (described.name == name && described.table == table) visit(message.attributes, set);
    }
  }
}

}  // namespace netlink
