// The limit of a replay: every byte of the mapped file is touched once and summed, eight at a time.
//   mapped_pass FILE   ->   {"seconds":S,"sum":N}
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <ctime>

static double now() {
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC, &at);
  return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) / 1e9;
}

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "mapped_pass FILE\n");
    return 2;
  }
  const double began = now();
  const int file = open(argv[1], O_RDONLY | O_CLOEXEC);
  struct stat status{};
  if (file < 0 || fstat(file, &status) < 0) {
    std::perror(argv[1]);
    return 1;
  }
  const auto size = static_cast<size_t>(status.st_size);
  void* at = mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
  if (at == MAP_FAILED) {
    std::perror("mmap");
    return 1;
  }
  madvise(at, size, MADV_SEQUENTIAL);
  const auto* bytes = static_cast<const uint8_t*>(at);
  uint64_t sum = 0;
  for (size_t offset = 0; offset + sizeof sum <= size; offset += sizeof sum) {
    uint64_t word;
    std::memcpy(&word, bytes + offset, sizeof word);
    sum += word;
  }
  std::printf("{\"seconds\":%.6f,\"sum\":%" PRIu64 "}\n", now() - began, sum);
  return 0;
}
