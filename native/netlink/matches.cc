#include "netlink/matches.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <array>
#include <span>

namespace netlink {

namespace {

constexpr uint32_t kFirst = register32(0);
constexpr uint8_t kTcp = 6;
constexpr uint32_t kDestinationPortAt = 2;
constexpr uint32_t kTcpFlagsAt = 13;
constexpr uint8_t kSyn = 0x02;
constexpr uint8_t kAck = 0x10;
constexpr uint32_t kLoopbackIndex = 1;  // in every network namespace

template <typename T>
void compare(ExpressionWriter& rule, uint32_t operation, T value) {
  rule.compare(operation, kFirst, std::as_bytes(std::span(&value, 1)));
}

void match_protocol(ExpressionWriter& rule, uint8_t protocol) {
  rule.load_meta(NFT_META_L4PROTO, kFirst);
  compare(rule, NFT_CMP_EQ, protocol);
}

void load_destination_port(ExpressionWriter& rule, uint32_t to) {
  rule.load_payload(NFT_PAYLOAD_TRANSPORT_HEADER, kDestinationPortAt, sizeof(uint16_t), to);
}

// In the family inet a rule sees both families, so the address may be read only behind this.
void match_family(ExpressionWriter& rule, bool is_six) {
  rule.load_meta(NFT_META_NFPROTO, kFirst);
  compare(rule, NFT_CMP_EQ, static_cast<uint8_t>(is_six ? NFPROTO_IPV6 : NFPROTO_IPV4));
}

void mask_to_prefix(ExpressionWriter& rule, uint32_t length, uint8_t prefix) {
  std::array<std::byte, 16> mask{};
  for (size_t at = 0; at < mask.size(); at++) {
    const int bits = std::min(8, std::max(0, prefix - static_cast<int>(at) * 8));
    mask[at] = static_cast<std::byte>(0xff00 >> bits);
  }
  rule.mask(kFirst, std::span(mask).first(length));
}

}  // namespace

void match_ports(ExpressionWriter& rule, uint8_t protocol, uint16_t from, uint16_t to) {
  match_protocol(rule, protocol);
  load_destination_port(rule, kFirst);
  if (from == to) {
    compare(rule, NFT_CMP_EQ, big_endian(from));
  } else {
    compare(rule, NFT_CMP_GTE, big_endian(from));
    compare(rule, NFT_CMP_LTE, big_endian(to));
  }
}

void match_port_set(ExpressionWriter& rule, uint8_t protocol, std::string_view set) {
  match_protocol(rule, protocol);
  load_destination_port(rule, kFirst);
  rule.lookup(set, kFirst, false);
}

void match_not_new_tcp(ExpressionWriter& rule) {
  match_protocol(rule, kTcp);
  rule.load_payload(NFT_PAYLOAD_TRANSPORT_HEADER, kTcpFlagsAt, 1, kFirst);
  constexpr std::array kMask{std::byte{kSyn | kAck}};
  rule.mask(kFirst, kMask);
  compare(rule, NFT_CMP_NEQ, kSyn);
}

void match_loopback(ExpressionWriter& rule) {
  rule.load_meta(NFT_META_IIF, kFirst);
  compare(rule, NFT_CMP_EQ, kLoopbackIndex);
}

void match_other_interfaces(ExpressionWriter& rule, std::string_view set) {
  rule.load_meta(NFT_META_IIFNAME, kFirst);
  rule.lookup(set, kFirst, true);
}

void match_local_target(ExpressionWriter& rule) {
  rule.load_target_kind(kFirst);
  compare(rule, NFT_CMP_EQ, uint32_t{RTN_LOCAL});
}

void match_service(ExpressionWriter& rule, std::string_view set, bool is_not) {
  rule.load_meta(NFT_META_L4PROTO, register32(0));
  load_destination_port(rule, register32(1));
  rule.lookup(set, register32(0), is_not);
}

void match_source(ExpressionWriter& rule, std::string_view set, KeyKind key, uint8_t prefix) {
  const uint32_t length = is_ipv6(key) ? 16 : 4;
  const uint32_t offset = is_ipv6(key) ? 8 : 12;
  match_family(rule, is_ipv6(key));
  rule.load_payload(NFT_PAYLOAD_NETWORK_HEADER, offset, length, kFirst);
  if (prefix < length * 8) mask_to_prefix(rule, length, prefix);
  if (has_port(key)) {
    const uint32_t words = length / sizeof(uint32_t);
    rule.load_meta(NFT_META_L4PROTO, register32(words));
    load_destination_port(rule, register32(words + 1));
  }
  rule.lookup(set, kFirst, false);
}

void match_target(ExpressionWriter& rule, std::span<const std::byte> address) {
  const bool is_six = address.size() == 16;
  match_family(rule, is_six);
  rule.load_payload(NFT_PAYLOAD_NETWORK_HEADER, is_six ? 24 : 16,
                    static_cast<uint32_t>(address.size()), kFirst);
  rule.compare(NFT_CMP_EQ, kFirst, address);
}

void send_on(ExpressionWriter& rule, std::span<const std::byte> address, uint16_t port) {
  constexpr uint32_t kBehindAddress = register32(4);
  const uint16_t wire_port = big_endian(port);
  rule.load_value(address, kFirst);
  rule.load_value(std::as_bytes(std::span(&wire_port, 1)), kBehindAddress);
  rule.translate_destination(address.size() == 16 ? NFPROTO_IPV6 : NFPROTO_IPV4, kFirst,
                             kBehindAddress);
}

void match_and_renew(ExpressionWriter& rule, std::string_view set) {
  rule.lookup(set, kFirst, false);
  rule.update(set, kFirst);
}

}  // namespace netlink
