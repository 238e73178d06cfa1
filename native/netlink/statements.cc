#include "netlink/statements.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include <array>

#include "netlink/set_form.h"

namespace netlink {

namespace {

uint32_t flags_of(const SetDraft& set) {
  return (set.is_interval ? uint32_t{NFT_SET_INTERVAL} : 0) |
         (set.is_dynamic ? uint32_t{NFT_SET_EVAL} : 0) |
         (set.timeout_ms > 0 ? uint32_t{NFT_SET_TIMEOUT} : 0);
}

void write_constant(AttributeWriter& writer, std::string_view table, std::string_view set,
                    std::span<const std::byte> key, bool is_interval_end) {
  writer.text(NFTA_SET_ELEM_LIST_TABLE, table);
  writer.text(NFTA_SET_ELEM_LIST_SET, set);
  const size_t list = writer.open(NFTA_SET_ELEM_LIST_ELEMENTS);
  const size_t element = writer.open(NFTA_LIST_ELEM);
  if (is_interval_end) {
    writer.number(NFTA_SET_ELEM_FLAGS, static_cast<uint32_t>(NFT_SET_ELEM_INTERVAL_END));
  }
  const size_t nest = writer.open(NFTA_SET_ELEM_KEY);
  writer.bytes(NFTA_DATA_VALUE, key);
  writer.close(nest);
  writer.close(element);
  writer.close(list);
}

}  // namespace

void create_table(Batch& batch, std::string_view table, uint32_t flags) {
  AttributeWriter writer = batch.message(NFT_MSG_NEWTABLE, NLM_F_CREATE);
  writer.text(NFTA_TABLE_NAME, table);
  if (flags != 0) writer.number(NFTA_TABLE_FLAGS, flags);
  batch.close_message();
}

void delete_table(Batch& batch, std::string_view table) {
  AttributeWriter writer = batch.message(NFT_MSG_DELTABLE, 0);
  writer.text(NFTA_TABLE_NAME, table);
  batch.close_message();
}

void create_set(Batch& batch, std::string_view table, const SetDraft& set, uint32_t id) {
  const KeyForm form = form_of(set.key);
  AttributeWriter writer = batch.message(NFT_MSG_NEWSET, NLM_F_CREATE);
  writer.text(NFTA_SET_TABLE, table);
  writer.text(NFTA_SET_NAME, set.name);
  writer.number(NFTA_SET_ID, id);
  writer.number(NFTA_SET_FLAGS, flags_of(set));
  writer.number(NFTA_SET_KEY_TYPE, form.nft_type);
  writer.number(NFTA_SET_KEY_LEN, form.length);
  if (set.size > 0) {
    const size_t nest = writer.open(NFTA_SET_DESC);
    writer.number(NFTA_SET_DESC_SIZE, set.size);
    writer.close(nest);
  }
  if (set.timeout_ms > 0) writer.number(NFTA_SET_TIMEOUT, set.timeout_ms);
  if (set.collect_interval_ms > 0) {
    writer.number(NFTA_SET_GC_INTERVAL, set.collect_interval_ms);
  }
  write_byte_order(writer, set.key);
  batch.close_message();
}

void create_chain(Batch& batch, std::string_view table, std::string_view chain,
                  std::optional<Hook> hook) {
  AttributeWriter writer = batch.message(NFT_MSG_NEWCHAIN, NLM_F_CREATE);
  writer.text(NFTA_CHAIN_TABLE, table);
  writer.text(NFTA_CHAIN_NAME, chain);
  if (hook) {
    writer.text(NFTA_CHAIN_TYPE, hook->type);
    const size_t nest = writer.open(NFTA_CHAIN_HOOK);
    writer.number(NFTA_HOOK_HOOKNUM, hook->number);
    writer.number(NFTA_HOOK_PRIORITY, static_cast<uint32_t>(hook->priority));
    writer.close(nest);
  }
  batch.close_message();
}

void add_constant(Batch& batch, std::string_view table, std::string_view set,
                  std::span<const std::byte> key, bool is_interval_end) {
  AttributeWriter writer = batch.message(NFT_MSG_NEWSETELEM, NLM_F_CREATE);
  write_constant(writer, table, set, key, is_interval_end);
  batch.close_message();
}

void remove_constant(Batch& batch, std::string_view table, std::string_view set,
                     std::span<const std::byte> key) {
  AttributeWriter writer = batch.message(NFT_MSG_DELSETELEM, 0);
  write_constant(writer, table, set, key, false);
  batch.close_message();
}

RuleWriter::RuleWriter(Batch& batch, std::string_view table, std::string_view chain)
    : batch_(batch), writer_(batch.message(NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND)) {
  writer_.text(NFTA_RULE_TABLE, table);
  writer_.text(NFTA_RULE_CHAIN, chain);
  list_ = writer_.open(NFTA_RULE_EXPRESSIONS);
}

void RuleWriter::close(std::string_view comment) {
  writer_.close(list_);
  if (!comment.empty()) {
    std::array<std::byte, 2 + 128> memory{};
    const size_t length = std::min(comment.size(), size_t{127});
    memory[1] = static_cast<std::byte>(length + 1);  // memory[0] is the type, 0: a comment
    std::memcpy(memory.data() + 2, comment.data(), length);
    writer_.bytes(NFTA_RULE_USERDATA, {memory.data(), length + 3});
  }
  batch_.close_message();
}

}  // namespace netlink
