#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "netlink/buffer.h"
#include "netlink/replies.h"

namespace netlink {

/// What rtnetlink has told: that something of a kind has changed, not what. The state is looked up.
struct LinkNews {
  bool links = false;
  bool addresses = false;
  bool routes = false;  ///< default routes alone

  bool any() const { return links || addresses || routes; }
  void add(const LinkNews& other) {
    links = links || other.links;
    addresses = addresses || other.addresses;
    routes = routes || other.routes;
  }
};

/// The news in one datagram of the multicast groups for links, addresses and routes.
LinkNews news_in(std::span<const std::byte> datagram);

/// One link of a dump; its texts lie in the datagram.
struct Link {
  int32_t index = 0;
  std::string_view name;
  std::string_view kind;  ///< "bridge", "vlan", ...; empty for hardware
  int32_t master = 0;     ///< the bridge, bond or VRF that it is a part of; 0: none
  int32_t lower = 0;      ///< the link of this namespace that it stands on; 0: none
  bool is_up = false;     ///< set up, and with a carrier
};

/// Asks for all links, without their statistics.
void begin_link_dump(Buffer& request, uint32_t sequence);

/// Reads a message of such a dump. False if it is no link.
bool read_link(const Reply& reply, Link& link);

}  // namespace netlink
