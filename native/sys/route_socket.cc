#include "sys/route_socket.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <span>

#include "netlink/buffer.h"
#include "netlink/replies.h"
#include "sys/netlink_socket.h"

namespace sys {

namespace {

/// The kernel fills up to 32 KiB of a dump into one datagram.
constexpr size_t kInboxSize = 64 * 1024;
/// Datagrams of one call: who changes links without a pause does not keep us for ever.
constexpr int kMostDatagrams = 256;
/// A dump that saw two states is repeated, but not for ever: what changes again will be told of.
constexpr int kTries = 4;

constexpr netlink::LinkNews kEverything{true, true, true};

/// The next datagram of the kernel's; what other processes send is passed over.
Result<std::span<const std::byte>> receive(int socket, std::span<std::byte> inbox) {
  for (;;) {
    sockaddr_nl from{};
    socklen_t size = sizeof from;
    const ssize_t length = ::recvfrom(socket, inbox.data(), inbox.size(), 0,
                                      reinterpret_cast<sockaddr*>(&from), &size);
    if (length < 0 && errno != EINTR) return failed("recvfrom");
    if (length >= 0 && from.nl_pid == 0)
      return std::span<const std::byte>(inbox.first(static_cast<size_t>(length)));
  }
}

/// One dump, whole: links that come and go meanwhile make it be of two pieces.
Result<Done> dump(int socket, uint32_t sequence, std::vector<std::byte>& all) {
  netlink::Buffer request;
  netlink::begin_link_dump(request, sequence);
  if (::send(socket, request.bytes().data(), request.size(), 0) < 0) return failed("send");
  std::vector<std::byte> inbox(kInboxSize);
  bool is_interrupted = false;
  for (;;) {
    const auto received = receive(socket, inbox);
    if (!received.ok()) return received.failure();
    all.insert(all.end(), received.value().begin(), received.value().end());
    netlink::ReplyReader replies(received.value());
    for (netlink::Reply reply; replies.next(reply);) {
      if (reply.sequence != sequence) continue;
      is_interrupted = is_interrupted || reply.is_interrupted;
      if (reply.error != 0) return Failure{"RTM_GETLINK", reply.error};
      if (reply.kind != netlink::Reply::Kind::kDone) continue;
      if (is_interrupted) return Failure{"RTM_GETLINK", EINTR};
      return Done{};
    }
  }
}

}  // namespace

Result<RouteSocket> RouteSocket::open(bool hears_routes) {
  uint32_t groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (hears_routes) groups |= RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
  auto socket = open_netlink(NETLINK_ROUTE, SOCK_NONBLOCK, groups);
  if (!socket.ok()) return socket.failure();
  return RouteSocket(socket.take());
}

RouteSocket::RouteSocket(FileDescriptor socket) : socket_(std::move(socket)), inbox_(kInboxSize) {}

netlink::LinkNews RouteSocket::take_news() {
  netlink::LinkNews news;
  for (int count = 0; count < kMostDatagrams; count++) {
    const auto received = receive(socket_.get(), inbox_);
    if (received.ok())
      news.add(netlink::news_in(received.value()));
    else if (received.failure().error == EAGAIN)
      break;
    else
      news = kEverything;
  }
  return news;
}

Result<Done> visit_links(const std::function<void(const netlink::Link&)>& visit) {
  auto socket = open_netlink(NETLINK_ROUTE);
  if (!socket.ok()) return socket.failure();
  std::vector<std::byte> all;
  Result<Done> dumped = Done{};
  for (uint32_t attempt = 1; attempt <= kTries; attempt++) {
    all.clear();
    dumped = dump(socket.value().get(), attempt, all);
    if (dumped.ok() || dumped.failure().error != EINTR) break;
  }
  if (!dumped.ok() && dumped.failure().error != EINTR) return dumped;
  netlink::ReplyReader replies(all);
  netlink::Link link;
  for (netlink::Reply reply; replies.next(reply);) {
    if (netlink::read_link(reply, link)) visit(link);
  }
  return Done{};
}

}  // namespace sys
