#include "sys/netlink_socket.h"

#include <linux/netlink.h>
#include <sys/socket.h>

namespace sys {

namespace {

// The plain form is what is left where the forced one is not allowed.
void set_buffer(int socket, int forced, int plain, int bytes) {
  if (::setsockopt(socket, SOL_SOCKET, forced, &bytes, sizeof bytes) == 0) return;
  ::setsockopt(socket, SOL_SOCKET, plain, &bytes, sizeof bytes);
}

}  // namespace

Result<FileDescriptor> open_netlink(int protocol, int flags, uint32_t groups) {
  FileDescriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, protocol));
  if (socket.get() < 0) return failed("socket");
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = groups;
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return failed("bind");
  }
  return socket;
}

void set_receive_buffer(int socket, int bytes) {
  set_buffer(socket, SO_RCVBUFFORCE, SO_RCVBUF, bytes);
}

void set_send_buffer(int socket, int bytes) {
  set_buffer(socket, SO_SNDBUFFORCE, SO_SNDBUF, bytes);
}

}  // namespace sys
