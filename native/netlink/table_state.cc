#include "netlink/table_state.h"

#include <linux/netfilter/nf_tables.h>

#include <cstdint>
#include <string>

#include "netlink/attributes.h"
#include "netlink/byte_order.h"

namespace netlink {

namespace {

/// NFTA_SET_COUNT, which Linux has from 6.17 on.
constexpr uint16_t kSetCount = 20;

// User data are a list of (type, length, value); type 0 is a comment with a zero byte behind it.
std::string_view comment_in(std::span<const std::byte> user_data) {
  while (user_data.size() >= 2) {
    const auto length = static_cast<size_t>(user_data[1]);
    if (length > user_data.size() - 2) return {};
    if (user_data[0] == std::byte{0}) return Attribute{0, user_data.subspan(2, length)}.text();
    user_data = user_data.subspan(2 + length);
  }
  return {};
}

std::string hexadecimal(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<size_t>(byte >> 4)];
    text += kDigits[std::to_integer<size_t>(byte & std::byte{15})];
  }
  return text;
}

// FNV-1a over names and data of a rule's expressions. Counters change by themselves, so of them the
// name alone counts.
std::string hash_of(std::span<const std::byte> expressions) {
  uint64_t hash = 0xcbf29ce484222325;
  const auto add = [&](std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) {
      hash = (hash ^ std::to_integer<uint64_t>(byte)) * 0x100000001b3;
    }
  };
  AttributeReader reader(expressions);
  for (Attribute expression; reader.next(expression);) {
    add(find(expression.value, NFTA_EXPR_NAME));
    const bool is_counter = text_in(expression.value, NFTA_EXPR_NAME) == "counter";
    if (!is_counter) add(find(expression.value, NFTA_EXPR_DATA));
  }
  hash = big_endian(hash);
  return hexadecimal(std::as_bytes(std::span(&hash, 1)));
}

}  // namespace

void describe_table(std::span<const std::byte> attributes, StateLines& lines) {
  lines.push_back(line("table", number_word<uint64_t>(attributes, NFTA_TABLE_HANDLE),
                       number_word(attributes, NFTA_TABLE_FLAGS),
                       number_word(attributes, NFTA_TABLE_OWNER)));
}

void describe_chain(std::span<const std::byte> attributes, std::string_view table,
                    StateLines& lines) {
  if (text_in(attributes, NFTA_CHAIN_TABLE) != table) return;
  const auto hook = find(attributes, NFTA_CHAIN_HOOK);
  lines.push_back(line("chain", text_in(attributes, NFTA_CHAIN_NAME),
                       number_word<uint64_t>(attributes, NFTA_CHAIN_HANDLE),
                       number_word(hook, NFTA_HOOK_HOOKNUM), number_word(hook, NFTA_HOOK_PRIORITY),
                       number_word(attributes, NFTA_CHAIN_POLICY)));
}

void describe_set(std::span<const std::byte> attributes, std::string_view table,
                  StateLines& lines) {
  if (text_in(attributes, NFTA_SET_TABLE) != table) return;
  const std::string_view name = text_in(attributes, NFTA_SET_NAME);
  lines.push_back(line("set", name, number_word<uint64_t>(attributes, NFTA_SET_HANDLE)));
  if (find(attributes, kSetCount).empty()) return;
  lines.push_back(line("count", name, number_word(attributes, kSetCount)));
}

void describe_rule(std::span<const std::byte> attributes, std::string_view table,
                   StateLines& lines) {
  if (text_in(attributes, NFTA_RULE_TABLE) != table) return;
  lines.push_back(line("rule", text_in(attributes, NFTA_RULE_CHAIN),
                       number_word<uint64_t>(attributes, NFTA_RULE_HANDLE),
                       hash_of(find(attributes, NFTA_RULE_EXPRESSIONS)),
                       comment_in(find(attributes, NFTA_RULE_USERDATA))));
}

void describe_elements(std::span<const std::byte> attributes, std::string_view set,
                       StateLines& lines) {
  AttributeReader elements(find(attributes, NFTA_SET_ELEM_LIST_ELEMENTS));
  for (Attribute element; elements.next(element);) {
    const auto key = find(find(element.value, NFTA_SET_ELEM_KEY), NFTA_DATA_VALUE);
    lines.push_back(
        line("element", set, hexadecimal(key), number_word(element.value, NFTA_SET_ELEM_FLAGS)));
  }
}

}  // namespace netlink
