#include "netlink/table_state.h"

#include <linux/netfilter/nf_tables.h>

#include <concepts>

#include "netlink/attributes.h"

namespace netlink {

namespace {

/// NFTA_SET_COUNT, which Linux has from 6.17 on.
constexpr uint16_t kSetCount = 20;

/// The attributes that a line is made of, by their types; the first of each counts.
class Found {
 public:
  explicit Found(std::span<const std::byte> attributes) : attributes_(attributes) {}

  std::span<const std::byte> bytes(uint16_t type) const {
    AttributeReader reader(attributes_);
    for (Attribute attribute; reader.next(attribute);) {
      if (attribute.type == type) return attribute.value;
    }
    return {};
  }
  std::string_view text(uint16_t type) const { return Attribute{type, bytes(type)}.text(); }
  template <std::unsigned_integral T>
  std::string number(uint16_t type) const {
    return bytes(type).empty() ? "-" : std::to_string(Attribute{type, bytes(type)}.number<T>());
  }

 private:
  std::span<const std::byte> attributes_;
};

template <typename... Words>
std::string line(std::string_view first, const Words&... words) {
  std::string text(first);
  ((text += ' ', text += words), ...);
  return text;
}

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
    const Found found(expression.value);
    add(found.bytes(NFTA_EXPR_NAME));
    if (found.text(NFTA_EXPR_NAME) != "counter") add(found.bytes(NFTA_EXPR_DATA));
  }
  hash = big_endian(hash);
  return hexadecimal(std::as_bytes(std::span(&hash, 1)));
}

}  // namespace

void describe_table(std::span<const std::byte> attributes, StateLines& lines) {
  const Found found(attributes);
  lines.push_back(line("table", found.number<uint64_t>(NFTA_TABLE_HANDLE),
                       found.number<uint32_t>(NFTA_TABLE_FLAGS),
                       found.number<uint32_t>(NFTA_TABLE_OWNER)));
}

void describe_chain(std::span<const std::byte> attributes, std::string_view table,
                    StateLines& lines) {
  const Found found(attributes);
  if (found.text(NFTA_CHAIN_TABLE) != table) return;
  const Found hook(found.bytes(NFTA_CHAIN_HOOK));
  lines.push_back(
      line("chain", found.text(NFTA_CHAIN_NAME), found.number<uint64_t>(NFTA_CHAIN_HANDLE),
           hook.number<uint32_t>(NFTA_HOOK_HOOKNUM), hook.number<uint32_t>(NFTA_HOOK_PRIORITY),
           found.number<uint32_t>(NFTA_CHAIN_POLICY)));
}

void describe_set(std::span<const std::byte> attributes, std::string_view table,
                  StateLines& lines) {
  const Found found(attributes);
  if (found.text(NFTA_SET_TABLE) != table) return;
  lines.push_back(line("set", found.text(NFTA_SET_NAME), found.number<uint64_t>(NFTA_SET_HANDLE)));
  if (found.bytes(kSetCount).empty()) return;
  lines.push_back(line("count", found.text(NFTA_SET_NAME), found.number<uint32_t>(kSetCount)));
}

void describe_rule(std::span<const std::byte> attributes, std::string_view table,
                   StateLines& lines) {
  const Found found(attributes);
  if (found.text(NFTA_RULE_TABLE) != table) return;
  lines.push_back(line(
      "rule", found.text(NFTA_RULE_CHAIN), found.number<uint64_t>(NFTA_RULE_HANDLE),
      hash_of(found.bytes(NFTA_RULE_EXPRESSIONS)), comment_in(found.bytes(NFTA_RULE_USERDATA))));
}

void describe_elements(std::span<const std::byte> attributes, std::string_view set,
                       StateLines& lines) {
  AttributeReader elements(Found(attributes).bytes(NFTA_SET_ELEM_LIST_ELEMENTS));
  for (Attribute element; elements.next(element);) {
    const Found found(element.value);
    const Found key(found.bytes(NFTA_SET_ELEM_KEY));
    lines.push_back(line("element", set, hexadecimal(key.bytes(NFTA_DATA_VALUE)),
                         found.number<uint32_t>(NFTA_SET_ELEM_FLAGS)));
  }
}

}  // namespace netlink
