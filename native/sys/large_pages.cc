#include "sys/large_pages.h"

#include <sys/mman.h>

#include <cerrno>
#include <chrono>
#include <memory>
#include <thread>

#include "sys/mapped_memory.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

namespace sys {
namespace {

constexpr std::chrono::milliseconds kPause{1};

/// Touches a large page and gives it back, since the last to come back is the first to be handed
/// out. So the kernel looks for room, and a host for the memory of its guest (6 ms), while nobody
/// waits.
void have_one_ready() {
  size_t size = 2 * kLargePage;  // a whole one lies in it, wherever it begins
  void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) return;
  const MappedMemory memory({static_cast<std::byte*>(at), size});
  auto* page = static_cast<volatile std::byte*>(std::align(kLargePage, kLargePage, at, size));
  ::madvise(at, kLargePage, MADV_HUGEPAGE);
  *page = std::byte{1};
}

}  // namespace

void use_large_pages(std::span<std::byte> memory) {
  void* at = memory.data();
  size_t left = memory.size();
  while (std::align(kLargePage, kLargePage, at, left) != nullptr) {
    have_one_ready();
    // EAGAIN is this page's alone: somebody else has a hold of a part of it.
    if (::madvise(at, kLargePage, MADV_COLLAPSE) < 0 && errno != EAGAIN) return;
    std::this_thread::sleep_for(kPause);
    at = static_cast<std::byte*>(at) + kLargePage;
    left -= kLargePage;
  }
}

}  // namespace sys
