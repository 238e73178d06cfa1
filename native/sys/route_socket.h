#pragma once
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "netlink/links.h"
#include "sys/file_descriptor.h"
#include "sys/result.h"

namespace sys {

/// Hears what changes about links, addresses and, if asked, routes of this network namespace
/// (rtnetlink(7)).
class RouteSocket {
 public:
  static Result<RouteSocket> open(bool hears_routes);

  /// What was told since the last call; never waits. What the kernel had no room to tell (ENOBUFS)
  /// may have been about anything.
  netlink::LinkNews take_news();

  int descriptor() const { return socket_.get(); }

 private:
  explicit RouteSocket(FileDescriptor socket);

  FileDescriptor socket_;
  std::vector<std::byte> inbox_;
};

/// Shows every link of this namespace, each on loan until the visitor returns; none if it fails.
Result<Done> visit_links(const std::function<void(const netlink::Link&)>& visit);

}  // namespace sys
