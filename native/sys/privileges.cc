#include "sys/privileges.h"

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cstdint>

namespace sys {
namespace {

constexpr uint64_t bit(int capability) { return uint64_t{1} << capability; }

constexpr uint64_t kNetworkRights = bit(CAP_NET_RAW) | bit(CAP_NET_ADMIN);

/// The three sets of capget(2), a bit a capability.
struct Capabilities {
  uint64_t effective;
  uint64_t permitted;
  uint64_t inheritable;
};

/// Version 3 of the call takes two records: the lower 32 capabilities, then the others.
using Records = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

__user_cap_header_struct this_thread() { return {_LINUX_CAPABILITY_VERSION_3, 0}; }

uint64_t joined(uint32_t low, uint32_t high) { return low | uint64_t{high} << 32; }

Result<Capabilities> capabilities() {
  auto header = this_thread();
  Records records{};
  if (::syscall(SYS_capget, &header, records.data()) < 0) return failed("capget");
  const auto& [low, high] = records;
  return Capabilities{joined(low.effective, high.effective), joined(low.permitted, high.permitted),
                      joined(low.inheritable, high.inheritable)};
}

/// All three sets become the same one.
Result<Done> hold_only(uint64_t rights) {
  auto header = this_thread();
  Records records{};
  for (size_t at = 0; at < records.size(); at++) {
    const auto word = static_cast<uint32_t>(rights >> (32 * at));
    records[at] = {word, word, word};
  }
  if (::syscall(SYS_capset, &header, records.data()) < 0) return failed("capset");
  return Done{};
}

/// What no execve may ever give back. Who lacks CAP_SETPCAP keeps its bounding set; without new
/// privileges that set gives nothing.
Result<Done> bound_to(uint64_t rights) {
  for (int each = 0; ::prctl(PR_CAPBSET_READ, each, 0, 0, 0) >= 0; each++) {
    if ((rights & bit(each)) != 0) continue;
    if (::prctl(PR_CAPBSET_DROP, each, 0, 0, 0) == 0) continue;
    return errno == EPERM ? Result<Done>(Done{}) : failed("prctl");
  }
  return Done{};
}

Result<Done> become(const Account& account) {
  // Else the kernel takes all capabilities away with the user id 0.
  if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0) return failed("prctl");
  if (::setgroups(0, nullptr) < 0) return failed("setgroups");
  if (::setresgid(account.group, account.group, account.group) < 0) return failed("setresgid");
  if (::setresuid(account.user, account.user, account.user) < 0) return failed("setresuid");
  return Done{};
}

/// The ambient set is what an execve leaves to a program that is not root's.
Result<Done> hand_on(uint64_t rights) {
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0) return failed("prctl");
  for (const int each : {CAP_NET_RAW, CAP_NET_ADMIN}) {
    if ((rights & bit(each)) == 0) continue;
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, each, 0, 0) < 0) return failed("prctl");
  }
  return Done{};
}

}  // namespace

Result<bool> is_narrowed() {
  const auto held = capabilities();
  if (!held.ok()) return held.failure();
  const auto [effective, permitted, inheritable] = held.value();
  const bool gains_nothing = ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
  return gains_nothing && ((permitted | inheritable) & ~kNetworkRights) == 0;
}

Result<Done> narrow(const std::optional<Account>& account) {
  const auto held = capabilities();
  if (!held.ok()) return held.failure();
  const uint64_t rights = held.value().permitted & kNetworkRights;
  // Each step needs rights that the next ones take away.
  if (const auto done = bound_to(kNetworkRights); !done.ok()) return done;
  if (account) {
    if (const auto done = become(*account); !done.ok()) return done;
  }
  if (const auto done = hold_only(rights); !done.ok()) return done;
  if (const auto done = hand_on(rights); !done.ok()) return done;
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return failed("prctl");
  return Done{};
}

Result<Done> forbid_dumps() {
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) return failed("prctl");
  return Done{};
}

}  // namespace sys
