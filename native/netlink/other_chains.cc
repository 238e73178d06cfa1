#include "netlink/other_chains.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <cstdint>
#include <string>

#include "netlink/attributes.h"
#include "netlink/rule_words.h"

namespace netlink {

namespace {

/// The set that a rule's words name; empty if there is none.
std::string set_in(const std::string& conditions) {
  constexpr std::string_view kSet = "set:";
  const size_t at = conditions.find(kSet);
  if (at == std::string::npos) return {};
  const size_t from = at + kSet.size();
  return conditions.substr(from, conditions.find(',', from) - from);
}

}  // namespace

void describe_other_chain(std::span<const std::byte> attributes, unsigned family,
                          std::string_view own_table, StateLines& lines) {
  const std::string_view table = text_in(attributes, NFTA_CHAIN_TABLE);
  const std::string_view name = text_in(attributes, NFTA_CHAIN_NAME);
  if (table == own_table || table.empty()) return;
  const auto hook = find(attributes, NFTA_CHAIN_HOOK);
  if (hook.empty()) {
    lines.push_back(line("chain", std::to_string(family), name, table));
    return;
  }
  const auto priority = static_cast<int32_t>(number_in(hook, NFTA_HOOK_PRIORITY));
  lines.push_back(line("base", std::to_string(family), number_word(hook, NFTA_HOOK_HOOKNUM),
                       std::to_string(priority), number_word(attributes, NFTA_CHAIN_POLICY),
                       text_in(attributes, NFTA_CHAIN_TYPE), name, table));
}

void describe_other_rule(std::span<const std::byte> attributes, unsigned family,
                         std::string_view own_table, StateLines& lines, SetPlaces& sets) {
  const std::string_view table = text_in(attributes, NFTA_RULE_TABLE);
  if (table == own_table || table.empty()) return;
  const RuleWords words = words_of(find(attributes, NFTA_RULE_EXPRESSIONS));
  lines.push_back(line("rule", std::to_string(family), words.verdict, words.conditions,
                       text_in(attributes, NFTA_RULE_CHAIN), table));
  const std::string set = set_in(words.conditions);
  if (!set.empty()) sets.emplace(table, set);
}

void describe_other_elements(std::span<const std::byte> attributes, unsigned family,
                             const SetPlace& set, StateLines& lines) {
  AttributeReader elements(find(attributes, NFTA_SET_ELEM_LIST_ELEMENTS));
  for (Attribute element; elements.next(element);) {
    const auto key = find(find(element.value, NFTA_SET_ELEM_KEY), NFTA_DATA_VALUE);
    if (key.size() != sizeof(uint16_t)) continue;
    const bool is_end =
        (number_in(element.value, NFTA_SET_ELEM_FLAGS) & NFT_SET_ELEM_INTERVAL_END) != 0;
    const uint16_t port = Attribute{0, key}.number<uint16_t>();
    lines.push_back(line(is_end ? "end" : "port", std::to_string(family), std::to_string(port),
                         set.second, set.first));
  }
}

}  // namespace netlink
