#include "sys/nft_events.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <array>

#include "sys/netlink_socket.h"

namespace sys {

namespace {

constexpr size_t kInboxSize = 64 * 1024;
/// Datagrams of one turn: a flood of changes must not keep the loop from its other work.
constexpr int kMostInTurn = 512;

// All messages of one datagram are of one transaction, and carry the port of who sent it.
Result<Done> make_deaf(int socket, uint32_t port) {
  constexpr uint32_t kPortAt = offsetof(nlmsghdr, nlmsg_pid);
  std::array<sock_filter, 4> code{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kPortAt),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(port), 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 0),
      BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
  }};
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0) {
    return failed("setsockopt");
  }
  return Done{};
}

}  // namespace

Result<NftEvents> NftEvents::open(uint32_t deaf_to, int receive_buffer) {
  auto socket = open_netlink(NETLINK_NETFILTER, SOCK_NONBLOCK);
  if (!socket.ok()) return socket.failure();
  if (auto deaf = make_deaf(socket.value().get(), deaf_to); !deaf.ok()) return deaf.failure();
  set_receive_buffer(socket.value().get(), receive_buffer);
  NftEvents opened(socket.take());
  opened.inbox_.resize(kInboxSize);
  if (auto heard = opened.hear(true); !heard.ok()) return heard.failure();
  return opened;
}

Result<Done> NftEvents::hear(bool is_wanted) {
  const int group = NFNLGRP_NFTABLES;
  const int option = is_wanted ? NETLINK_ADD_MEMBERSHIP : NETLINK_DROP_MEMBERSHIP;
  if (::setsockopt(socket_.get(), SOL_NETLINK, option, &group, sizeof group) != 0) {
    return failed("setsockopt");
  }
  return Done{};
}

Result<bool> NftEvents::drain(const Visit& visit) {
  bool is_whole = true;
  for (int turn = 0; turn < kMostInTurn; turn++) {
    const ssize_t size = ::recv(socket_.get(), inbox_.data(), inbox_.size(), 0);
    if (size >= 0) {
      visit(std::span<const std::byte>(inbox_).first(static_cast<size_t>(size)));
    } else if (errno == ENOBUFS) {
      is_whole = false;
    } else if (errno == EAGAIN) {
      break;
    } else if (errno != EINTR) {
      return failed("recv");
    }
  }
  return is_whole;
}

}  // namespace sys
