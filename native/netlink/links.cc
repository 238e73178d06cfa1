#include "netlink/links.h"

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <cstring>

#include "netlink/attributes.h"

namespace netlink {

namespace {

/// Whether a route is a default route that packets really take.
bool is_default_route(std::span<const std::byte> body) {
  rtmsg route;
  if (body.size() < sizeof route) return false;
  std::memcpy(&route, body.data(), sizeof route);
  return route.rtm_dst_len == 0 && route.rtm_type == RTN_UNICAST;
}

}  // namespace

LinkNews news_in(std::span<const std::byte> datagram) {
  LinkNews news;
  ReplyReader messages(datagram);
  for (Reply message; messages.next(message);) {
    if (message.kind != Reply::Kind::kMessage) continue;
    switch (message.type) {
      case RTM_NEWLINK:
      case RTM_DELLINK:
        news.links = true;
        break;
      case RTM_NEWADDR:
      case RTM_DELADDR:
        news.addresses = true;
        break;
      case RTM_NEWROUTE:
      case RTM_DELROUTE:
        news.routes = news.routes || is_default_route(message.body);
        break;
    }
  }
  return news;
}

void begin_link_dump(Buffer& request, uint32_t sequence) {
  constexpr uint32_t kSkipStatistics = 1 << 3;  // RTEXT_FILTER_SKIP_STATS
  request.clear();
  nlmsghdr header{};
  header.nlmsg_type = RTM_GETLINK;
  header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  header.nlmsg_seq = sequence;
  const ifinfomsg any{};
  request.append(std::as_bytes(std::span(&header, 1)));
  request.append(std::as_bytes(std::span(&any, 1)));
  AttributeWriter(request).bytes(IFLA_EXT_MASK, std::as_bytes(std::span(&kSkipStatistics, 1)));
  request.patch(0, static_cast<uint32_t>(request.size()));
}

bool read_link(const Reply& reply, Link& link) {
  ifinfomsg head;
  if (reply.type != RTM_NEWLINK || reply.body.size() < sizeof head) return false;
  std::memcpy(&head, reply.body.data(), sizeof head);
  link = {};
  link.index = head.ifi_index;
  link.is_up = (head.ifi_flags & IFF_UP) != 0 && (head.ifi_flags & IFF_LOWER_UP) != 0;
  bool is_lower_elsewhere = false;
  AttributeReader reader(reply.body.subspan(sizeof head));
  for (Attribute attribute; reader.next(attribute);) {
    switch (attribute.type) {
      case IFLA_IFNAME:
        link.name = attribute.text();
        break;
      case IFLA_MASTER:
        link.master = attribute.native<int32_t>();
        break;
      case IFLA_LINK:
        link.lower = attribute.native<int32_t>();
        break;
      case IFLA_LINK_NETNSID:
        is_lower_elsewhere = true;
        break;
      case IFLA_LINKINFO:
        link.kind = text_in(attribute.value, IFLA_INFO_KIND);
        break;
    }
  }
  if (is_lower_elsewhere) link.lower = 0;
  return true;
}

}  // namespace netlink
