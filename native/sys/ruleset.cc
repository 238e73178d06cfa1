#include "sys/ruleset.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include "netlink/other_chains.h"
#include "netlink/set_form.h"

namespace sys {
namespace {

constexpr int kTries = 20;

using Visit = NftSocket::Visit;

/// Everything of a kind, whatever table it is in.
Result<Done> dump_all(NftSocket& socket, uint16_t type, uint8_t family, const Visit& visit) {
  netlink::Buffer buffer;
  const uint32_t sequence = socket.take_sequences(0);
  netlink::begin_request(buffer, type, NLM_F_DUMP, sequence, family);
  netlink::end_request(buffer);
  const auto done = socket.dump(buffer, sequence, visit);
  // What was seen of a dump that was interrupted is good enough for what others have.
  if (!done.ok() && done.failure().error != EINTR) return done.failure();
  return Done{};
}

/// The elements of a set; nothing where it has gone meanwhile.
Result<Done> dump_elements(NftSocket& socket, uint8_t family, const netlink::SetPlace& set,
                           const Visit& visit) {
  netlink::Buffer buffer;
  const uint32_t sequence = socket.take_sequences(0);
  netlink::AttributeWriter writer =
      netlink::begin_request(buffer, NFT_MSG_GETSETELEM, NLM_F_DUMP, sequence, family);
  writer.text(NFTA_SET_ELEM_LIST_TABLE, set.first);
  writer.text(NFTA_SET_ELEM_LIST_SET, set.second);
  netlink::end_request(buffer);
  const auto done = socket.dump(buffer, sequence, visit);
  const bool is_gone =
      !done.ok() && (done.failure().error == ENOENT || done.failure().error == EINTR);
  if (!done.ok() && !is_gone) return done.failure();
  return Done{};
}

/// One table, asked about bit by bit.
class TableReader {
 public:
  TableReader(NftSocket& socket, std::string_view table) : socket_(socket), table_(table) {}

  /// The several dumps are of one piece if no transaction came between the first and the last.
  Result<Done> describe(const std::vector<std::string>& sets, netlink::StateLines& lines) {
    const auto before = socket_.generation();
    if (!before.ok()) return before.failure();
    auto done = ask(NFT_MSG_GETTABLE, NLM_F_ACK, NFTA_TABLE_NAME, {},
                    [&](auto attributes) { netlink::describe_table(attributes, lines); });
    if (!done.ok()) return done;
    done = ask(NFT_MSG_GETCHAIN, NLM_F_DUMP, NFTA_CHAIN_TABLE, {},
               [&](auto attributes) { netlink::describe_chain(attributes, table_, lines); });
    if (!done.ok()) return done;
    done = ask(NFT_MSG_GETSET, NLM_F_DUMP, NFTA_SET_TABLE, {},
               [&](auto attributes) { netlink::describe_set(attributes, table_, lines); });
    if (!done.ok()) return done;
    done = ask(NFT_MSG_GETRULE, NLM_F_DUMP, NFTA_RULE_TABLE, {},
               [&](auto attributes) { netlink::describe_rule(attributes, table_, lines); });
    if (!done.ok()) return done;
    for (const std::string& set : sets) {
      done = ask(NFT_MSG_GETSETELEM, NLM_F_DUMP, NFTA_SET_ELEM_LIST_TABLE, set,
                 [&](auto attributes) { netlink::describe_elements(attributes, set, lines); });
      if (!done.ok() && done.failure().error != ENOENT) return done;
    }
    const auto after = socket_.generation();
    if (!after.ok()) return after.failure();
    if (after.value() != before.value()) return Failure{"nfnetlink", EINTR};
    return Done{};
  }

 private:
  /// `set` names one of the table's sets, or is empty.
  Result<Done> ask(uint16_t type, uint16_t flags, uint16_t table_attribute, std::string_view set,
                   const Visit& visit) {
    netlink::Buffer buffer;
    const uint32_t sequence = socket_.take_sequences(0);
    netlink::AttributeWriter writer =
        netlink::begin_request(buffer, type, flags, sequence, NFPROTO_INET);
    writer.text(table_attribute, table_);
    if (!set.empty()) writer.text(NFTA_SET_ELEM_LIST_SET, set);
    netlink::end_request(buffer);
    return socket_.dump(buffer, sequence, visit);
  }

  NftSocket& socket_;
  std::string_view table_;
};

}  // namespace

Result<netlink::StateLines> table_state(NftSocket& socket, std::string_view table,
                                        const std::vector<std::string>& sets) {
  Failure failure{"nfnetlink", EINTR};
  for (int tries = 0; tries < kTries && failure.error == EINTR; tries++) {
    netlink::StateLines lines;
    const auto described = TableReader(socket, table).describe(sets, lines);
    if (described.ok()) return lines;
    failure = described.failure();
  }
  return failure;
}

Result<ElementOwner> owner_of(NftSocket& socket, const netlink::ElementContext& context,
                              const netlink::ElementColumns& rows, size_t row) {
  netlink::Buffer buffer;
  const uint32_t sequence = socket.take_sequences(0);
  netlink::AttributeWriter writer = netlink::begin_request(
      buffer, NFT_MSG_GETSETELEM, NLM_F_ACK, sequence, context.sets[rows.set[row]].family);
  netlink::name_element(writer, context, rows, row);
  netlink::end_request(buffer);
  bool is_ours = false;
  const auto done = socket.dump(buffer, sequence, [&](auto attributes) {
    is_ours = is_ours || netlink::has_tag_of(attributes, context.boot);
  });
  if (done.ok()) return is_ours ? ElementOwner::kOurs : ElementOwner::kOther;
  if (done.failure().error == ENOENT) return ElementOwner::kNobody;
  return done.failure();
}

Result<std::string> set_form(NftSocket& socket, uint8_t family, std::string_view table,
                             std::string_view set) {
  uint64_t handle_of_table = 0;
  std::string line;
  const auto ask = [&](uint16_t type, uint16_t table_attribute, const Visit& visit) {
    netlink::Buffer buffer;
    const uint32_t sequence = socket.take_sequences(0);
    netlink::AttributeWriter writer =
        netlink::begin_request(buffer, type, NLM_F_ACK, sequence, family);
    writer.text(table_attribute, table);
    if (type == NFT_MSG_GETSET) writer.text(NFTA_SET_NAME, set);
    netlink::end_request(buffer);
    return socket.dump(buffer, sequence, visit);
  };
  auto done = ask(NFT_MSG_GETTABLE, NFTA_TABLE_NAME,
                  [&](auto attributes) { handle_of_table = netlink::table_handle(attributes); });
  if (done.ok()) {
    done = ask(NFT_MSG_GETSET, NFTA_SET_TABLE, [&](auto attributes) {
      line = std::to_string(handle_of_table) + '.' +
             std::to_string(netlink::set_handle(attributes)) + ' ' +
             netlink::describe_set_form(attributes);
    });
  }
  if (!done.ok() && done.failure().error != ENOENT) return done.failure();
  return line;
}

Result<netlink::StateLines> other_chains(NftSocket& socket, std::string_view own_table) {
  netlink::StateLines lines;
  for (const uint8_t family : {NFPROTO_INET, NFPROTO_IPV4, NFPROTO_IPV6}) {
    netlink::SetPlaces sets;
    auto done = dump_all(socket, NFT_MSG_GETCHAIN, family, [&](auto attributes) {
      netlink::describe_other_chain(attributes, family, own_table, lines);
    });
    if (!done.ok()) return done.failure();
    done = dump_all(socket, NFT_MSG_GETRULE, family, [&](auto attributes) {
      netlink::describe_other_rule(attributes, family, own_table, lines, sets);
    });
    if (!done.ok()) return done.failure();
    for (const netlink::SetPlace& set : sets) {
      done = dump_elements(socket, family, set, [&](auto attributes) {
        netlink::describe_other_elements(attributes, family, set, lines);
      });
      if (!done.ok()) return done.failure();
    }
  }
  return lines;
}

Result<bool> has_nat_chain(NftSocket& socket, std::string_view own_table) {
  bool has_nat = false;
  const auto done = dump_all(socket, NFT_MSG_GETCHAIN, NFPROTO_UNSPEC, [&](auto attributes) {
    has_nat = has_nat || netlink::is_nat_chain(attributes, own_table);
  });
  if (!done.ok()) return done.failure();
  return has_nat;
}

}  // namespace sys
