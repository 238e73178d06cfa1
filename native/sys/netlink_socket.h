#pragma once
#include <cstdint>

#include "sys/file_descriptor.h"
#include "sys/result.h"

namespace sys {

/// A socket of a netlink protocol, at a port of the kernel's choice. `flags` as socket(2) has them
/// beside SOCK_RAW; `groups` are those it hears from the first moment on, a bit each.
Result<FileDescriptor> open_netlink(int protocol, int flags = 0, uint32_t groups = 0);

/// Room for so many bytes, beyond the sysctl limit where CAP_NET_ADMIN reaches.
void set_receive_buffer(int socket, int bytes);
void set_send_buffer(int socket, int bytes);

}  // namespace sys
