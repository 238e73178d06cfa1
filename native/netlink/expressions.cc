#include "netlink/expressions.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <array>

namespace netlink {

void ExpressionWriter::load_meta(uint32_t key, uint32_t to) {
  const Nests nests = open("meta");
  writer_.number(NFTA_META_DREG, to);
  writer_.number(NFTA_META_KEY, key);
  close(nests);
}

void ExpressionWriter::load_payload(uint32_t base, uint32_t offset, uint32_t length, uint32_t to) {
  const Nests nests = open("payload");
  writer_.number(NFTA_PAYLOAD_DREG, to);
  writer_.number(NFTA_PAYLOAD_BASE, base);
  writer_.number(NFTA_PAYLOAD_OFFSET, offset);
  writer_.number(NFTA_PAYLOAD_LEN, length);
  close(nests);
}

void ExpressionWriter::load_target_kind(uint32_t to) {
  const Nests nests = open("fib");
  writer_.number(NFTA_FIB_DREG, to);
  writer_.number(NFTA_FIB_RESULT, static_cast<uint32_t>(NFT_FIB_RESULT_ADDRTYPE));
  writer_.number(NFTA_FIB_FLAGS, static_cast<uint32_t>(NFTA_FIB_F_DADDR));
  close(nests);
}

void ExpressionWriter::mask(uint32_t in_place, std::span<const std::byte> mask) {
  constexpr std::array<std::byte, 16> kNothing{};
  const Nests nests = open("bitwise");
  writer_.number(NFTA_BITWISE_SREG, in_place);
  writer_.number(NFTA_BITWISE_DREG, in_place);
  writer_.number(NFTA_BITWISE_LEN, static_cast<uint32_t>(mask.size()));
  value(NFTA_BITWISE_MASK, mask);
  value(NFTA_BITWISE_XOR, std::span(kNothing).first(mask.size()));
  close(nests);
}

void ExpressionWriter::mark_packet(uint32_t bits) {
  constexpr uint32_t kAt = register32(0);
  const uint32_t others = ~bits;
  load_meta(NFT_META_MARK, kAt);
  const Nests bitwise = open("bitwise");
  writer_.number(NFTA_BITWISE_SREG, kAt);
  writer_.number(NFTA_BITWISE_DREG, kAt);
  writer_.number(NFTA_BITWISE_LEN, uint32_t{sizeof bits});
  // A mark lies in the kernel as a word of the host, and is masked where it lies.
  value(NFTA_BITWISE_MASK, std::as_bytes(std::span(&others, 1)));
  value(NFTA_BITWISE_XOR, std::as_bytes(std::span(&bits, 1)));
  close(bitwise);
  const Nests meta = open("meta");
  writer_.number(NFTA_META_KEY, uint32_t{NFT_META_MARK});
  writer_.number(NFTA_META_SREG, kAt);
  close(meta);
}

void ExpressionWriter::compare(uint32_t operation, uint32_t from,
                               std::span<const std::byte> bytes) {
  const Nests nests = open("cmp");
  writer_.number(NFTA_CMP_SREG, from);
  writer_.number(NFTA_CMP_OP, operation);
  value(NFTA_CMP_DATA, bytes);
  close(nests);
}

void ExpressionWriter::lookup(std::string_view set, uint32_t from, bool is_negated) {
  const Nests nests = open("lookup");
  writer_.text(NFTA_LOOKUP_SET, set);
  writer_.number(NFTA_LOOKUP_SREG, from);
  if (is_negated) writer_.number(NFTA_LOOKUP_FLAGS, static_cast<uint32_t>(NFT_LOOKUP_F_INV));
  close(nests);
}

void ExpressionWriter::update(std::string_view set, uint32_t from) {
  const Nests nests = open("dynset");
  writer_.text(NFTA_DYNSET_SET_NAME, set);
  writer_.number(NFTA_DYNSET_OP, static_cast<uint32_t>(NFT_DYNSET_OP_UPDATE));
  writer_.number(NFTA_DYNSET_SREG_KEY, from);
  close(nests);
}

void ExpressionWriter::load_value(std::span<const std::byte> bytes, uint32_t to) {
  const Nests nests = open("immediate");
  writer_.number(NFTA_IMMEDIATE_DREG, to);
  value(NFTA_IMMEDIATE_DATA, bytes);
  close(nests);
}

void ExpressionWriter::translate_destination(uint32_t family, uint32_t address, uint32_t port) {
  const Nests nests = open("nat");
  writer_.number(NFTA_NAT_TYPE, static_cast<uint32_t>(NFT_NAT_DNAT));
  writer_.number(NFTA_NAT_FAMILY, family);
  writer_.number(NFTA_NAT_REG_ADDR_MIN, address);
  writer_.number(NFTA_NAT_REG_PROTO_MIN, port);
  close(nests);
}

void ExpressionWriter::count() { close(open("counter")); }

void ExpressionWriter::verdict(int32_t code, std::string_view chain) {
  const Nests nests = open("immediate");
  writer_.number(NFTA_IMMEDIATE_DREG, static_cast<uint32_t>(NFT_REG_VERDICT));
  const size_t data = writer_.open(NFTA_IMMEDIATE_DATA);
  const size_t verdict = writer_.open(NFTA_DATA_VERDICT);
  writer_.number(NFTA_VERDICT_CODE, static_cast<uint32_t>(code));
  if (!chain.empty()) writer_.text(NFTA_VERDICT_CHAIN, chain);
  writer_.close(verdict);
  writer_.close(data);
  close(nests);
}

ExpressionWriter::Nests ExpressionWriter::open(std::string_view name) {
  const size_t element = writer_.open(NFTA_LIST_ELEM);
  writer_.text(NFTA_EXPR_NAME, name);
  return {element, writer_.open(NFTA_EXPR_DATA)};
}

void ExpressionWriter::close(Nests nests) {
  writer_.close(nests.body);
  writer_.close(nests.element);
}

void ExpressionWriter::value(uint16_t type, std::span<const std::byte> bytes) {
  const size_t nest = writer_.open(type);
  writer_.bytes(NFTA_DATA_VALUE, bytes);
  writer_.close(nest);
}

}  // namespace netlink
