#include "sys/unix_datagram.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

namespace sys {

Result<UnixDatagram> UnixDatagram::connect(std::string_view path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // A path ends with a NUL, an abstract name with the address's length.
  const bool is_abstract = !path.empty() && path.front() == '\0';
  const size_t most = sizeof address.sun_path - (is_abstract ? 0 : 1);
  if (path.empty() || path.size() > most) return Failure{"connect", ENAMETOOLONG};
  std::memcpy(address.sun_path, path.data(), path.size());
  const size_t length = offsetof(sockaddr_un, sun_path) + path.size() + (is_abstract ? 0 : 1);

  FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.get() < 0) return failed("socket");
  const auto* to = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(socket.get(), to, static_cast<socklen_t>(length)) < 0) return failed("connect");
  return UnixDatagram(std::move(socket));
}

Result<Done> UnixDatagram::send(std::span<const std::byte> message) {
  if (::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL) < 0)
    return failed("send");
  return Done{};
}

}  // namespace sys
