#include "netlink/other_chains.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>

#include <cstdint>
#include <string>

#include "netlink/attributes.h"

namespace netlink {

namespace {

/// The first attribute of a type; empty if there is none.
std::span<const std::byte> find(std::span<const std::byte> attributes, uint16_t type) {
  AttributeReader reader(attributes);
  for (Attribute attribute; reader.next(attribute);) {
    if (attribute.type == type) return attribute.value;
  }
  return {};
}

uint32_t number_in(std::span<const std::byte> attributes, uint16_t type) {
  return Attribute{type, find(attributes, type)}.number<uint32_t>();
}

std::string text_in(std::span<const std::byte> attributes, uint16_t type) {
  return std::string(Attribute{type, find(attributes, type)}.text());
}

/// What the expressions of a rule amount to.
struct Meaning {
  bool is_unconditional = true;
  bool refuses = false;
  bool accepts = false;
  bool reads_mark = false;
  uint32_t mask = 0;
};

void note_immediate(std::span<const std::byte> data, Meaning& meaning) {
  const auto verdict = find(find(data, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT);
  if (verdict.empty()) return;
  const uint32_t code = number_in(verdict, NFTA_VERDICT_CODE);
  meaning.refuses = meaning.refuses || code == NF_DROP;
  meaning.accepts = meaning.accepts || code == NF_ACCEPT;
}

void note_expression(std::span<const std::byte> expression, Meaning& meaning) {
  const std::string name = text_in(expression, NFTA_EXPR_NAME);
  const auto data = find(expression, NFTA_EXPR_DATA);
  if (name == "immediate") {
    note_immediate(data, meaning);
  } else if (name == "reject") {
    meaning.refuses = true;
  } else if (name == "meta") {
    meaning.is_unconditional = false;
    meaning.reads_mark = meaning.reads_mark || number_in(data, NFTA_META_KEY) == NFT_META_MARK;
  } else if (name == "bitwise") {
    meaning.is_unconditional = false;
    // A mark is a word of the host, and so is its mask.
    const auto mask = find(find(data, NFTA_BITWISE_MASK), NFTA_DATA_VALUE);
    meaning.mask = Attribute{0, mask}.native<uint32_t>();
  } else if (name == "match" && text_in(data, NFTA_MATCH_NAME) == "mark") {
    meaning.is_unconditional = false;
    meaning.reads_mark = true;
    // struct xt_mark_mtinfo1 { __u32 mark, mask; __u8 invert; }
    const auto info = find(data, NFTA_MATCH_INFO);
    if (info.size() >= 8) meaning.mask = Attribute{0, info.subspan(4, 4)}.native<uint32_t>();
  } else if (name != "counter" && name != "log") {
    meaning.is_unconditional = false;
  }
}

}  // namespace

void describe_other_chain(std::span<const std::byte> attributes, unsigned family,
                          std::string_view own_table, StateLines& lines) {
  const std::string table = text_in(attributes, NFTA_CHAIN_TABLE);
  const std::string name = text_in(attributes, NFTA_CHAIN_NAME);
  if (table == own_table || table.empty()) return;
  const std::string head = std::to_string(family);
  const auto hook = find(attributes, NFTA_CHAIN_HOOK);
  if (hook.empty()) {
    lines.push_back("chain " + head + " " + name + " " + table);
    return;
  }
  const auto priority = static_cast<int32_t>(number_in(hook, NFTA_HOOK_PRIORITY));
  const bool has_policy = !find(attributes, NFTA_CHAIN_POLICY).empty();
  const std::string policy =
      has_policy ? std::to_string(number_in(attributes, NFTA_CHAIN_POLICY)) : "-";
  lines.push_back("base " + head + " " + std::to_string(number_in(hook, NFTA_HOOK_HOOKNUM)) + " " +
                  std::to_string(priority) + " " + policy + " " +
                  text_in(attributes, NFTA_CHAIN_TYPE) + " " + name + " " + table);
}

void describe_other_rule(std::span<const std::byte> attributes, unsigned family,
                         std::string_view own_table, StateLines& lines) {
  const std::string table = text_in(attributes, NFTA_RULE_TABLE);
  if (table == own_table || table.empty()) return;
  Meaning meaning;
  AttributeReader expressions(find(attributes, NFTA_RULE_EXPRESSIONS));
  for (Attribute expression; expressions.next(expression);) {
    note_expression(expression.value, meaning);
  }
  const std::string place = text_in(attributes, NFTA_RULE_CHAIN) + " " + table;
  if (meaning.is_unconditional && meaning.refuses) {
    lines.push_back("drops " + std::to_string(family) + " " + place);
  }
  if (meaning.reads_mark && meaning.accepts) {
    lines.push_back("admits " + std::to_string(family) + " " + std::to_string(meaning.mask) + " " +
                    place);
  }
}

}  // namespace netlink
