#include "sys/tcp_sessions.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cstring>

#include "sys/file_descriptor.h"

namespace sys {
namespace {

using IsWanted = std::function<bool(uint16_t)>;

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 diag;
};

Result<Done> ask(const FileDescriptor& socket, uint8_t family) {
  Request request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.diag.sdiag_family = family;
  request.diag.sdiag_protocol = IPPROTO_TCP;
  request.diag.idiag_states = 1u << TCP_ESTABLISHED;
  if (::send(socket.get(), &request, sizeof request, 0) < 0) return failed("send to sock_diag");
  return Done{};
}

TcpSession session_of(const inet_diag_msg& message) {
  TcpSession session{ntohs(message.id.idiag_sport), {}};
  auto& address = session.remote_address;
  if (message.idiag_family == AF_INET6) {
    std::memcpy(address.data(), message.id.idiag_dst, address.size());
  } else {
    address[10] = address[11] = 0xff;
    std::memcpy(address.data() + 12, message.id.idiag_dst, 4);
  }
  return session;
}

/// Reads one datagram's messages; whether the dump has ended.
Result<bool> take(char* datagram, ssize_t size, const IsWanted& is_wanted,
                  std::vector<TcpSession>& sessions) {
  auto left = static_cast<unsigned>(size);
  for (auto* header = reinterpret_cast<nlmsghdr*>(datagram); NLMSG_OK(header, left);
       header = NLMSG_NEXT(header, left)) {
    if (header->nlmsg_type == NLMSG_DONE) return true;
    if (header->nlmsg_type == NLMSG_ERROR) {
      const auto* error = static_cast<const nlmsgerr*>(NLMSG_DATA(header));
      return Failure{"sock_diag", -error->error};
    }
    if (header->nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg))) continue;
    const TcpSession session = session_of(*static_cast<const inet_diag_msg*>(NLMSG_DATA(header)));
    if (is_wanted(session.local_port)) sessions.push_back(session);
  }
  return false;
}

Result<Done> dump(const FileDescriptor& socket, uint8_t family, const IsWanted& is_wanted,
                  std::vector<TcpSession>& sessions) {
  const auto asked = ask(socket, family);
  if (!asked.ok()) return asked.failure();
  alignas(nlmsghdr) char datagram[32768];
  for (;;) {
    const ssize_t size = ::recv(socket.get(), datagram, sizeof datagram, 0);
    if (size < 0) return failed("recv from sock_diag");
    const auto ended = take(datagram, size, is_wanted, sessions);
    if (!ended.ok()) return ended.failure();
    if (ended.value()) return Done{};
  }
}

}  // namespace

Result<std::vector<TcpSession>> tcp_sessions(const IsWanted& is_wanted) {
  FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (socket.get() < 0) return failed("socket for sock_diag");
  std::vector<TcpSession> sessions;
  for (const uint8_t family : {uint8_t{AF_INET}, uint8_t{AF_INET6}}) {
    const auto dumped = dump(socket, family, is_wanted, sessions);
    if (!dumped.ok()) return dumped.failure();
  }
  return sessions;
}

}  // namespace sys
