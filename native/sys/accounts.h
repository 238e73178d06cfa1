#pragma once
#include <pwd.h>

#include <optional>
#include <string>
#include <vector>

#include "sys/privileges.h"

namespace sys {

/// The account of that name, wherever this host keeps its accounts (nsswitch.conf); none if there
/// is none.
inline Result<std::optional<Account>> find_account(const std::string& name) {
  std::vector<char> texts(1024);
  for (;;) {
    passwd entry{};
    passwd* found = nullptr;
    const int error = ::getpwnam_r(name.c_str(), &entry, texts.data(), texts.size(), &found);
    if (error == ERANGE) {
      texts.resize(texts.size() * 2);
    } else if (error != 0 && error != ENOENT) {
      return Failure{"getpwnam_r", error};
    } else if (found == nullptr) {
      return std::optional<Account>();
    } else {
      return std::optional<Account>({entry.pw_uid, entry.pw_gid});
    }
  }
}

}  // namespace sys
