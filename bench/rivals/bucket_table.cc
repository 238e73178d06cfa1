// What a table of attempts costs at least: 16-byte entries in four-way buckets of a cache line,
// 2^20 of them, a batch's buckets prefetched before they are looked at; the oldest makes room. No
// rules, no log.
//   bucket_table TUPLES   ->   {"nsPerTuple":N}
#include <sys/mman.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

namespace {

constexpr uint32_t kEntries = 1 << 20;
constexpr uint32_t kWays = 4;
constexpr uint32_t kMask = kEntries / kWays - 1;
constexpr uint32_t kBatch = 4096;

struct Entry {
  uint32_t key0, key1, state, tick;
};

struct Knock {
  uint32_t key0, key1, tick;
};

uint32_t mix(uint32_t hash) {
  hash = (hash ^ hash >> 16) * 0x85ebca6b;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35;
  return hash ^ hash >> 16;
}

double now() {
  timespec at{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
  return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) / 1e9;
}

/// Whether the source was there: what a first knock asks, and leaves behind.
bool offer(Entry* bucket, const Knock& knock) {
  Entry* place = bucket;
  uint32_t oldest = 0;
  for (Entry* entry = bucket; entry < bucket + kWays; entry++) {
    if (entry->key0 == knock.key0 && entry->key1 == knock.key1 && entry->state != 0) return true;
    const uint32_t age = entry->state == 0 ? UINT32_MAX : knock.tick - entry->tick;
    if (age > oldest) {
      oldest = age;
      place = entry;
    }
  }
  *place = {knock.key0, knock.key1, 1, knock.tick};
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const uint32_t tuples = argc == 2 ? static_cast<uint32_t>(std::atoi(argv[1])) : 10'000'000;
  const size_t bytes = sizeof(Entry) * kEntries;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) return 1;
  madvise(memory, bytes, MADV_HUGEPAGE);
  auto* table = static_cast<Entry*>(memory);
  std::vector<Knock> batch(kBatch);
  double seconds = 0;
  uint32_t known = 0;
  for (uint32_t done = 0; done < tuples; done += kBatch) {
    for (uint32_t at = 0; at < kBatch; at++) {
      const uint32_t hash = mix(done + at);
      batch[at] = {hash, mix(hash ^ 0x5bd1e995), done / 1000};
    }
    const double began = now();
    for (const Knock& knock : batch)
      __builtin_prefetch(table + size_t{knock.key0 & kMask} * kWays, 1);
    for (const Knock& knock : batch)
      known += offer(table + size_t{knock.key0 & kMask} * kWays, knock) ? 1 : 0;
    seconds += now() - began;
  }
  std::printf("{\"nsPerTuple\":%.2f,\"known\":%u}\n", seconds * 1e9 / tuples, known);
  return 0;
}
