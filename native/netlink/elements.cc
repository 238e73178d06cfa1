#include "netlink/elements.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include <array>
#include <cerrno>
#include <limits>

namespace netlink {

namespace {

constexpr size_t kMaxKeySize = 24;
/// Room that a nest of elements leaves for one more, however long its comment is.
constexpr size_t kMaxElementSize = 512;

struct Key {
  std::array<std::byte, kMaxKeySize> memory{};
  size_t size = 0;

  void put(uint32_t big) {
    std::memcpy(memory.data() + size, &big, sizeof big);
    size += sizeof big;
  }
};

// Each part of a concatenation fills a whole number of 32-bit registers.
Key key_of(KeyKind kind, const ElementColumns& rows, size_t row) {
  Key key;
  if (is_ipv6(kind)) {
    key.put(big_endian(rows.word0[row]));
    key.put(big_endian(rows.word1[row]));
    key.put(big_endian(rows.word2[row]));
  }
  if (has_address(kind)) key.put(big_endian(rows.word3[row]));
  if (has_protocol(kind)) key.put(big_endian(uint32_t{rows.protocol[row]} << 24));
  if (has_port(kind)) key.put(big_endian(uint32_t{rows.port[row]} << 16));
  return key;
}

// Written so that NaN fails it too.
bool has_end(const ElementContext& context, double timeout_ms) {
  return timeout_ms >= kMinTimeoutMs && timeout_ms <= context.max_timeout_ms;
}

uint16_t refusal_of(const ElementContext& context, const ElementColumns& rows, size_t row) {
  if (rows.set[row] >= context.sets.size()) return EINVAL;
  if (rows.action[row] > static_cast<uint8_t>(ElementAction::kNone)) return EINVAL;
  const auto action = static_cast<ElementAction>(rows.action[row]);
  if (action == ElementAction::kRemove || action == ElementAction::kNone) return 0;
  const bool is_plain = action == ElementAction::kPlain;
  if (!is_plain && rows.door[row] >= context.doors.size()) return EINVAL;
  return has_end(context, rows.timeoutMs[row]) ? 0 : ERANGE;
}

void write_key(AttributeWriter& writer, const Key& key) {
  const size_t nest = writer.open(NFTA_SET_ELEM_KEY);
  writer.bytes(NFTA_DATA_VALUE, {key.memory.data(), key.size});
  writer.close(nest);
}

void write_element(AttributeWriter& writer, const ElementContext& context,
                   const ElementColumns& rows, size_t row) {
  const DoorLabel& door = context.doors[rows.door[row]];
  const size_t nest = writer.open(NFTA_LIST_ELEM);
  write_key(writer, key_of(context.sets[rows.set[row]].key, rows, row));
  writer.number(NFTA_SET_ELEM_TIMEOUT, static_cast<uint64_t>(rows.timeoutMs[row]));
  write_user_data(
      writer, door.comment,
      {context.boot, rows.grant[row], rows.deadlineMs[row], door.hash, rows.giver[row]});
  writer.close(nest);
}

// For a removal: the element must be there for the deletion that follows, and never outlives it.
void write_placeholder(AttributeWriter& writer, const ElementContext& context,
                       const ElementColumns& rows, size_t row) {
  const size_t nest = writer.open(NFTA_LIST_ELEM);
  write_key(writer, key_of(context.sets[rows.set[row]].key, rows, row));
  writer.number(NFTA_SET_ELEM_TIMEOUT, uint64_t{1000});
  writer.close(nest);
}

void write_bare_key(AttributeWriter& writer, const ElementContext& context,
                    const ElementColumns& rows, size_t row) {
  const size_t nest = writer.open(NFTA_LIST_ELEM);
  write_key(writer, key_of(context.sets[rows.set[row]].key, rows, row));
  writer.close(nest);
}

void write_plain(AttributeWriter& writer, const ElementContext& context, const ElementColumns& rows,
                 size_t row) {
  const size_t nest = writer.open(NFTA_LIST_ELEM);
  write_key(writer, key_of(context.sets[rows.set[row]].key, rows, row));
  writer.number(NFTA_SET_ELEM_TIMEOUT, static_cast<uint64_t>(rows.timeoutMs[row]));
  writer.close(nest);
}

size_t open_list(AttributeWriter& writer, const ElementContext& context, size_t set) {
  writer.text(NFTA_SET_ELEM_LIST_TABLE, context.sets[set].table);
  writer.text(NFTA_SET_ELEM_LIST_SET, context.sets[set].name);
  return writer.open(NFTA_SET_ELEM_LIST_ELEMENTS);
}

using ElementWriter = void (*)(AttributeWriter&, const ElementContext&, const ElementColumns&,
                               size_t);

/// One message of a row: what it tells the kernel, and what it says of the element.
struct Part {
  uint16_t type;
  ElementWriter write;
};

constexpr Part kPlaceholder{NFT_MSG_NEWSETELEM, write_placeholder};
constexpr Part kDeletion{NFT_MSG_DELSETELEM, write_bare_key};
constexpr Part kElement{NFT_MSG_NEWSETELEM, write_element};
constexpr Part kPlainElement{NFT_MSG_NEWSETELEM, write_plain};

std::span<const Part> parts_of(ElementAction action) {
  static constexpr std::array kRenewal{kPlaceholder, kDeletion, kElement};
  switch (action) {
    case ElementAction::kAdd:
      return std::span(kRenewal).last(1);
    case ElementAction::kRenew:
      return kRenewal;
    case ElementAction::kRemove:
      return std::span(kRenewal).first(2);
    case ElementAction::kPlain:
      return std::span(&kPlainElement, 1);
    case ElementAction::kNone:
      return {};
  }
  return {};
}

std::span<const Part> parts_of(const ElementColumns& rows, size_t row) {
  return parts_of(static_cast<ElementAction>(rows.action[row]));
}

uint16_t flags_of(const Part& part) {
  return part.type == NFT_MSG_NEWSETELEM ? uint16_t{NLM_F_CREATE} : uint16_t{0};
}

// Writes one part of rows [row, end) of one set and one action, as many as the message holds;
// returns the first row that it does not.
size_t write_run(Batch& batch, const Part& part, const ElementContext& context,
                 const ElementColumns& rows, size_t row, size_t end) {
  const uint8_t family = context.sets[rows.set[row]].family;
  AttributeWriter writer = batch.message(part.type, flags_of(part), batch.next_sequence(), family);
  const size_t list = open_list(writer, context, rows.set[row]);
  while (row < end && batch.buffer().size() - list <= kMaxAttributeSize - kMaxElementSize) {
    if (rows.error[row] == 0) part.write(writer, context, rows, row);
    row++;
  }
  writer.close(list);
  batch.close_message();
  return row;
}

// A run ends where the set or the action changes, so that the order of rows is kept.
size_t end_of_run(const ElementColumns& rows, size_t from, size_t count) {
  size_t end = from + 1;
  while (end < count && rows.set[end] == rows.set[from] && rows.action[end] == rows.action[from]) {
    end++;
  }
  return end;
}

bool read_key(KeyKind kind, std::span<const std::byte> key, const ElementColumns& rows,
              size_t row) {
  const size_t address_words = !has_address(kind) ? 0 : is_ipv6(kind) ? 4 : 1;
  const size_t words = address_words + (has_protocol(kind) ? 1 : 0) + (has_port(kind) ? 1 : 0);
  if (key.size() != words * sizeof(uint32_t)) return false;
  std::array<uint32_t, kMaxKeySize / sizeof(uint32_t)> word{};
  std::memcpy(word.data(), key.data(), key.size());
  rows.word0[row] = is_ipv6(kind) ? big_endian(word[0]) : 0;
  rows.word1[row] = is_ipv6(kind) ? big_endian(word[1]) : 0;
  rows.word2[row] = is_ipv6(kind) ? big_endian(word[2]) : 0xffff;
  rows.word3[row] = has_address(kind) ? big_endian(word[address_words - 1]) : 0;
  rows.protocol[row] =
      has_protocol(kind) ? static_cast<uint8_t>(big_endian(word[address_words]) >> 24) : uint8_t{0};
  rows.port[row] =
      has_port(kind) ? static_cast<uint16_t>(big_endian(word[words - 1]) >> 16) : uint16_t{0};
  return true;
}

uint32_t door_with(const ElementContext& context, uint32_t hash) {
  for (size_t door = 0; door < context.doors.size(); door++) {
    if (context.doors[door].hash == hash) return static_cast<uint32_t>(door);
  }
  return kNoDoor;
}

bool read_element(std::span<const std::byte> element, const ElementContext& context, size_t set,
                  const ElementColumns& rows, size_t row) {
  bool has_key = false;
  ElementTag tag;
  bool is_tagged = false;
  double timeout_ms = std::numeric_limits<double>::infinity();
  AttributeReader reader(element);
  for (Attribute attribute; reader.next(attribute);) {
    if (attribute.type == NFTA_SET_ELEM_KEY) {
      const auto key = find(attribute.value, NFTA_DATA_VALUE);
      has_key = read_key(context.sets[set].key, key, rows, row);
    } else if (attribute.type == NFTA_SET_ELEM_EXPIRATION) {
      timeout_ms = static_cast<double>(attribute.number<uint64_t>());
    } else if (attribute.type == NFTA_SET_ELEM_USERDATA) {
      is_tagged = read_tag(attribute.value, tag);
    }
  }
  rows.timeoutMs[row] = timeout_ms;
  rows.deadlineMs[row] = tag.deadline_ms;
  rows.grant[row] = tag.grant;
  rows.giver[row] = tag.giver;
  rows.door[row] = is_tagged ? door_with(context, tag.door_hash) : kNoDoor;
  rows.error[row] = 0;
  rows.set[row] = static_cast<uint8_t>(set);
  rows.action[row] = is_tagged && tag.boot == context.boot ? 1 : 0;
  return has_key;
}

}  // namespace

void name_element(AttributeWriter& writer, const ElementContext& context,
                  const ElementColumns& rows, size_t row) {
  const size_t list = open_list(writer, context, rows.set[row]);
  write_bare_key(writer, context, rows, row);
  writer.close(list);
}

size_t check_elements(const ElementContext& context, const ElementColumns& rows, size_t count) {
  size_t refused = 0;
  for (size_t row = 0; row < count; row++) {
    rows.error[row] = refusal_of(context, rows, row);
    if (rows.error[row] != 0) refused++;
  }
  return refused;
}

void encode_elements(Batch& batch, const ElementContext& context, const ElementColumns& rows,
                     size_t count) {
  for (size_t row = 0; row < count; row++) {
    if (rows.error[row] != 0) continue;
    const auto sequence = static_cast<uint32_t>(batch.first_sequence() + 1 + row);
    for (const Part& part : parts_of(rows, row)) {
      AttributeWriter writer =
          batch.message(part.type, flags_of(part), sequence, context.sets[rows.set[row]].family);
      const size_t list = open_list(writer, context, rows.set[row]);
      part.write(writer, context, rows, row);
      writer.close(list);
      batch.close_message();
    }
  }
}

void encode_elements_densely(Batch& batch, const ElementContext& context,
                             const ElementColumns& rows, size_t count) {
  for (size_t from = 0; from < count;) {
    const size_t end = end_of_run(rows, from, count);
    for (const Part& part : parts_of(rows, from)) {
      for (size_t row = from; row < end;) row = write_run(batch, part, context, rows, row, end);
    }
    from = end;
  }
}

void ask_for_elements(Buffer& request, const SetDescription& set, uint32_t sequence) {
  AttributeWriter writer =
      begin_request(request, NFT_MSG_GETSETELEM, NLM_F_DUMP | NLM_F_ACK, sequence, set.family);
  writer.text(NFTA_SET_ELEM_LIST_TABLE, set.table);
  writer.text(NFTA_SET_ELEM_LIST_SET, set.name);
  end_request(request);
}

bool has_tag_of(std::span<const std::byte> attributes, const BootId& boot) {
  AttributeReader elements(find(attributes, NFTA_SET_ELEM_LIST_ELEMENTS));
  for (Attribute element; elements.next(element);) {
    ElementTag tag;
    const bool is_tagged = read_tag(find(element.value, NFTA_SET_ELEM_USERDATA), tag);
    if (is_tagged && tag.boot == boot) return true;
  }
  return false;
}

size_t read_elements(std::span<const std::byte> attributes, const ElementContext& context,
                     size_t set, const ElementColumns& rows, size_t row) {
  const size_t first = row;
  AttributeReader elements(find(attributes, NFTA_SET_ELEM_LIST_ELEMENTS));
  for (Attribute element; row < rows.capacity && elements.next(element);) {
    if (read_element(element.value, context, set, rows, row)) row++;
  }
  return row - first;
}

}  // namespace netlink
