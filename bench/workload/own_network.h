// Whoever sends traffic asks here first.
#pragma once

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

/// The name that benches, and tests that flood, give the ends of their pairs.
inline bool has_own_name(const char* interface) { return std::strncmp(interface, "ptn", 3) == 0; }

inline ifreq request_of(const char* interface) {
  ifreq request{};
  std::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
  return request;
}

inline bool is_pair(int probe, const char* interface) {
  ethtool_drvinfo driver{};
  driver.cmd = ETHTOOL_GDRVINFO;
  ifreq request = request_of(interface);
  request.ifr_data = reinterpret_cast<char*>(&driver);
  return ioctl(probe, SIOCETHTOOL, &request) == 0 && std::strcmp(driver.driver, "veth") == 0;
}

/// Whether something is up here that is no part of a bench: so that this is somebody's network.
inline bool has_others(int probe) {
  bool is_shared = false;
  struct if_nameindex* all = if_nameindex();
  for (auto* each = all; each != nullptr && each->if_name != nullptr; each++) {
    ifreq request = request_of(each->if_name);
    const bool is_up =
        ioctl(probe, SIOCGIFFLAGS, &request) < 0 || (request.ifr_flags & IFF_UP) != 0;
    is_shared |= is_up && !has_own_name(each->if_name) && std::strcmp(each->if_name, "lo") != 0;
  }
  if_freenameindex(all);
  return is_shared;
}

/// Traffic goes into virtual pairs (`ptn...`) in namespaces made for them, where nothing else is
/// up, and nowhere else: ends the process otherwise.
inline void refuse_foreign(const char* program, const char* interface) {
  const int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  const char* why = nullptr;
  if (!has_own_name(interface) || !is_pair(probe, interface))
    why = "it is not a veth named ptn...";
  else if (has_others(probe))
    why = "other interfaces are up beside it, so this is no namespace of a bench";
  close(probe);
  if (why == nullptr) return;
  std::fprintf(stderr, "%s: refusing to send to %s: %s\n", program, interface, why);
  std::exit(1);
}
