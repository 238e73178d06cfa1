#include "netlink/intervals.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include "netlink/attributes.h"
#include "netlink/set_form.h"

namespace netlink {

namespace {

/// More than one bound takes, of whatever kind.
constexpr size_t kMaxBoundSize = 64;

void write_bound(AttributeWriter& writer, const Bounds& bounds, size_t at, bool has_time) {
  const size_t element = writer.open(NFTA_LIST_ELEM);
  const bool is_end = bounds.is_end[at] != std::byte{0};
  if (is_end) {
    writer.number(NFTA_SET_ELEM_FLAGS, static_cast<uint32_t>(NFT_SET_ELEM_INTERVAL_END));
  }
  const size_t key = writer.open(NFTA_SET_ELEM_KEY);
  writer.bytes(NFTA_DATA_VALUE, bounds.keys.subspan(at * bounds.key_size, bounds.key_size));
  writer.close(key);
  // The end of a range knows no time: it goes with its beginning.
  if (has_time && !is_end && bounds.timeout_ms[at] > 0) {
    writer.number(NFTA_SET_ELEM_TIMEOUT, static_cast<uint64_t>(bounds.timeout_ms[at]));
  }
  writer.close(element);
}

void write_all(Batch& batch, uint16_t type, std::string_view table, std::string_view set,
               const Bounds& bounds) {
  const bool is_new = type == NFT_MSG_NEWSETELEM;
  const bool has_time = is_new && !bounds.timeout_ms.empty();
  for (size_t at = 0; at < bounds.count();) {
    AttributeWriter writer = batch.message(type, is_new ? uint16_t{NLM_F_CREATE} : uint16_t{0});
    writer.text(NFTA_SET_ELEM_LIST_TABLE, table);
    writer.text(NFTA_SET_ELEM_LIST_SET, set);
    const size_t list = writer.open(NFTA_SET_ELEM_LIST_ELEMENTS);
    while (at < bounds.count() &&
           batch.buffer().size() - list <= kMaxAttributeSize - kMaxBoundSize) {
      write_bound(writer, bounds, at++, has_time);
    }
    writer.close(list);
    batch.close_message();
  }
}

void read_counter(std::span<const std::byte> expression, FoundBound& bound) {
  const auto data = find(expression, NFTA_EXPR_DATA);
  bound.packets = number_in<uint64_t>(data, NFTA_COUNTER_PACKETS);
  bound.bytes = number_in<uint64_t>(data, NFTA_COUNTER_BYTES);
}

FoundBound read_bound(std::span<const std::byte> element) {
  FoundBound bound;
  AttributeReader reader(element);
  for (Attribute attribute; reader.next(attribute);) {
    switch (attribute.type) {
      case NFTA_SET_ELEM_FLAGS:
        bound.is_end = (attribute.number<uint32_t>() & NFT_SET_ELEM_INTERVAL_END) != 0;
        break;
      case NFTA_SET_ELEM_EXPIRATION:
        bound.left_ms = static_cast<double>(attribute.number<uint64_t>());
        break;
      case NFTA_SET_ELEM_EXPR:
        read_counter(attribute.value, bound);
        break;
    }
  }
  return bound;
}

}  // namespace

void create_interval_set(Batch& batch, std::string_view table, const IntervalSetDraft& set,
                         uint32_t id) {
  AttributeWriter writer = batch.message(NFT_MSG_NEWSET, NLM_F_CREATE);
  writer.text(NFTA_SET_TABLE, table);
  writer.text(NFTA_SET_NAME, set.name);
  writer.number(NFTA_SET_ID, id);
  writer.number(NFTA_SET_FLAGS,
                uint32_t{NFT_SET_INTERVAL} | (set.has_timeouts ? uint32_t{NFT_SET_TIMEOUT} : 0));
  const KeyForm form = form_of(set.key);
  writer.number(NFTA_SET_KEY_TYPE, form.nft_type);
  writer.number(NFTA_SET_KEY_LEN, form.length);
  if (set.has_counters) {
    const size_t expression = writer.open(NFTA_SET_EXPR);
    writer.text(NFTA_EXPR_NAME, "counter");
    writer.close(writer.open(NFTA_EXPR_DATA));
    writer.close(expression);
  }
  write_byte_order(writer, set.key);
  batch.close_message();
}

void add_bounds(Batch& batch, std::string_view table, std::string_view set, const Bounds& bounds) {
  write_all(batch, NFT_MSG_NEWSETELEM, table, set, bounds);
}

void remove_bounds(Batch& batch, std::string_view table, std::string_view set,
                   const Bounds& bounds) {
  write_all(batch, NFT_MSG_DELSETELEM, table, set, bounds);
}

void read_bounds(std::span<const std::byte> attributes, size_t key_size,
                 std::vector<std::byte>& keys, std::vector<FoundBound>& found) {
  AttributeReader elements(find(attributes, NFTA_SET_ELEM_LIST_ELEMENTS));
  for (Attribute element; elements.next(element);) {
    const auto key = find(find(element.value, NFTA_SET_ELEM_KEY), NFTA_DATA_VALUE);
    if (key.size() != key_size) continue;
    keys.insert(keys.end(), key.begin(), key.end());
    found.push_back(read_bound(element.value));
  }
}

void empty_set(Batch& batch, std::string_view table, std::string_view set) {
  AttributeWriter writer = batch.message(NFT_MSG_DELSETELEM, 0);
  writer.text(NFTA_SET_ELEM_LIST_TABLE, table);
  writer.text(NFTA_SET_ELEM_LIST_SET, set);
  batch.close_message();
}

void delete_rules(Batch& batch, std::string_view table) {
  AttributeWriter writer = batch.message(NFT_MSG_DELRULE, 0);
  writer.text(NFTA_RULE_TABLE, table);
  batch.close_message();
}

void delete_chain(Batch& batch, std::string_view table, std::string_view chain) {
  AttributeWriter writer = batch.message(NFT_MSG_DELCHAIN, 0);
  writer.text(NFTA_CHAIN_TABLE, table);
  writer.text(NFTA_CHAIN_NAME, chain);
  batch.close_message();
}

void delete_set(Batch& batch, std::string_view table, std::string_view set) {
  AttributeWriter writer = batch.message(NFT_MSG_DELSET, 0);
  writer.text(NFTA_SET_TABLE, table);
  writer.text(NFTA_SET_NAME, set);
  batch.close_message();
}

}  // namespace netlink
