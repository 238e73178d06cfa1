#include "netlink/set_form.h"

#include <linux/netfilter/nf_tables.h>

#include <array>
#include <string_view>

#include "netlink/attributes.h"

namespace netlink {

namespace {

// nft numbers its types; a concatenation has six bits for each part.
constexpr uint32_t kIpv4Address = 7;
constexpr uint32_t kIpv6Address = 8;
constexpr uint32_t kInetProtocol = 12;
constexpr uint32_t kInetService = 13;
constexpr uint32_t kInterfaceName = 41;
constexpr uint32_t grant_type(uint32_t address) {
  return address << 12 | kInetProtocol << 6 | kInetService;
}

constexpr std::array<KeyForm, kKeyKinds> kKeyForms{{
    {kIpv4Address, 4},
    {kIpv6Address, 16},
    {grant_type(kIpv4Address), 12},
    {grant_type(kIpv6Address), 24},
    {kInetService, 2},
    {kInterfaceName, 16},
    {kInetProtocol << 6 | kInetService, 8},
    {kIpv6Address << 6 | kInetService, 20},
    {kIpv4Address << 6 | kInetService, 8},
}};

struct FlagName {
  uint32_t flag;
  std::string_view name;
};

constexpr std::array kFlagNames{
    FlagName{NFT_SET_TIMEOUT, " timeout"},
    FlagName{NFT_SET_INTERVAL, " interval"},
    FlagName{NFT_SET_CONSTANT, " constant"},
    FlagName{NFT_SET_MAP, " map"},
};

std::string kind_with(uint32_t nft_type, uint32_t length) {
  for (size_t kind = 0; kind < kKeyForms.size(); kind++) {
    const bool is_same = kKeyForms[kind].nft_type == nft_type && kKeyForms[kind].length == length;
    if (is_same) return std::to_string(kind);
  }
  return "-";
}

}  // namespace

KeyForm form_of(KeyKind kind) { return kKeyForms[static_cast<size_t>(kind)]; }

void write_byte_order(AttributeWriter& writer, KeyKind key) {
  constexpr uint8_t kKeyByteOrder = 0;
  constexpr uint32_t kHostOrder = 1;
  constexpr uint32_t kNetworkOrder = 2;
  const uint32_t order = key == KeyKind::kInterface ? kHostOrder : kNetworkOrder;
  std::array<std::byte, 2 + sizeof order> memory{std::byte{kKeyByteOrder}, std::byte{sizeof order}};
  std::memcpy(memory.data() + 2, &order, sizeof order);
  writer.bytes(NFTA_SET_USERDATA, memory);
}

std::string describe_set_form(std::span<const std::byte> attributes) {
  const uint32_t flags = number_in(attributes, NFTA_SET_FLAGS);
  std::string line =
      kind_with(number_in(attributes, NFTA_SET_KEY_TYPE), number_in(attributes, NFTA_SET_KEY_LEN));
  for (const auto& [flag, name] : kFlagNames) {
    if ((flags & flag) != 0) line += name;
  }
  return line;
}

uint64_t set_handle(std::span<const std::byte> attributes) {
  return number_in<uint64_t>(attributes, NFTA_SET_HANDLE);
}

uint64_t table_handle(std::span<const std::byte> attributes) {
  return number_in<uint64_t>(attributes, NFTA_TABLE_HANDLE);
}

}  // namespace netlink
