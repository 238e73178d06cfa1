#pragma once
#include <linux/filter.h>

#include <cstdint>
#include <vector>

namespace filter {

/// How the packets of a link are shared out among rings: all that one source address sends meets in
/// one of them.
struct Fanout {
  uint32_t workers;  ///< at least 1
  uint32_t seed;     ///< secret, so that nobody can aim a flood at one worker
};

/// Compiles the program by which the kernel picks a ring (PACKET_FANOUT_CBPF). It answers what
/// `workerOf` of src/tuple/worker-of.ts answers; packets without an IP header that it finds, behind
/// two tags in the bytes at most, go to the first.
std::vector<sock_filter> compile_fanout(Fanout fanout);

}  // namespace filter
