#include "netlink/key_form.h"

#include <linux/netfilter/nf_tables.h>

#include <array>

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
}};

}  // namespace

KeyForm form_of(KeyKind key) { return kKeyForms[static_cast<size_t>(key)]; }

void write_byte_order(AttributeWriter& writer, KeyKind key) {
  constexpr uint8_t kKeyByteOrder = 0;
  constexpr uint32_t kHostOrder = 1;
  constexpr uint32_t kNetworkOrder = 2;
  const uint32_t order = key == KeyKind::kInterface ? kHostOrder : kNetworkOrder;
  std::array<std::byte, 2 + sizeof order> memory{std::byte{kKeyByteOrder}, std::byte{sizeof order}};
  std::memcpy(memory.data() + 2, &order, sizeof order);
  writer.bytes(NFTA_SET_USERDATA, memory);
}

}  // namespace netlink
