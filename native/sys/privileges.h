#pragma once
#include <sys/types.h>

#include <optional>

#include "sys/result.h"

namespace sys {

/// Whom a process belongs to.
struct Account {
  uid_t user;
  gid_t group;
};

/// Whether this thread holds no capability but those for rings and the table, and can gain none,
/// nor can any thread that it makes.
Result<bool> is_narrowed();

/// Gives all rights away but CAP_NET_RAW and CAP_NET_ADMIN, as far as they are there, and becomes
/// that account if one is given. Capabilities belong to threads: of those that run already this
/// narrows the calling one alone, so it is to be followed by an execve, which ends the others and
/// hands on what is left, by way of the ambient set. Without an account of its own it needs no
/// right at all.
Result<Done> narrow(const std::optional<Account>& account);

/// From here on no core is dumped, and nobody but root may look into this process's memory. An
/// execve undoes it.
Result<Done> forbid_dumps();

}  // namespace sys
