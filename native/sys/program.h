#pragma once
#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "sys/result.h"

namespace sys {

/// Puts a program in the place of this process, with its number, its folder and its environment,
/// and of its descriptors those that are named. Returns only if that fails.
inline Failure become_program(const std::string& path, std::vector<std::string> arguments,
                              const std::vector<int>& descriptors) {
  for (const int each : descriptors) {
    if (::fcntl(each, F_SETFD, 0) < 0) return failed("fcntl");
  }
  std::vector<char*> texts;
  for (std::string& each : arguments) texts.push_back(each.data());
  texts.push_back(nullptr);
  ::execve(path.c_str(), texts.data(), environ);
  return failed("execve");
}

}  // namespace sys
