// Preloaded, it makes a kernel look like one that was built without nf_tables.
#include <dlfcn.h>
#include <errno.h>
#include <sys/socket.h>

#define NETLINK_NETFILTER 12

int socket(int family, int type, int protocol) {
  if (family == AF_NETLINK && protocol == NETLINK_NETFILTER) {
    errno = EPROTONOSUPPORT;
    return -1;
  }
  int (*real)(int, int, int) = (int (*)(int, int, int))dlsym(RTLD_NEXT, "socket");
  return real(family, type, protocol);
}
