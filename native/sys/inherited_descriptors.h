#pragma once
#include <dirent.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

namespace sys {

/// Keeps every descriptor from 3 on from the programs that we run: whoever started us may have left
/// some open that are none of theirs.
inline void keep_descriptors_to_ourselves() {
  if (::syscall(SYS_close_range, 3u, ~0u, CLOSE_RANGE_CLOEXEC) == 0) return;
  // Before Linux 5.11.
  DIR* folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return;
  while (const dirent* entry = ::readdir(folder)) {
    const int descriptor = std::atoi(entry->d_name);
    if (descriptor > 2) ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  }
  ::closedir(folder);
}

}  // namespace sys
