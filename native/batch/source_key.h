#pragma once
#include <bit>
#include <cstdint>

namespace batch {

/// A secret of 128 bits: random in a daemon, so that nobody can aim for collisions, fixed in a
/// replay.
struct SipKey {
  uint64_t low = 0;
  uint64_t high = 0;
};

/// SipHash-1-3 (Aumasson and Bernstein, 2012) over 17 bytes: the address in network order, and its
/// family, since an IPv6 packet that wears ::ffff:a.b.c.d is another source than a.b.c.d.
class SourceHash {
 public:
  explicit SourceHash(SipKey key) : key_(key) {}

  uint64_t operator()(const uint32_t (&words)[4], uint8_t family) const {
    State state(key_);
    state.absorb(block(words[0], words[1]));
    state.absorb(block(words[2], words[3]));
    state.absorb(uint64_t{17} << 56 | family);
    return state.finish();
  }

 private:
  struct State {
    uint64_t v0, v1, v2, v3;

    explicit State(SipKey key)
        : v0(key.low ^ 0x736f6d6570736575),
          v1(key.high ^ 0x646f72616e646f6d),
          v2(key.low ^ 0x6c7967656e657261),
          v3(key.high ^ 0x7465646279746573) {}

    void round() {
      v0 += v1, v1 = std::rotl(v1, 13) ^ v0, v0 = std::rotl(v0, 32);
      v2 += v3, v3 = std::rotl(v3, 16) ^ v2;
      v0 += v3, v3 = std::rotl(v3, 21) ^ v0;
      v2 += v1, v1 = std::rotl(v1, 17) ^ v2, v2 = std::rotl(v2, 32);
    }

    void absorb(uint64_t word) {
      v3 ^= word;
      round();
      v0 ^= word;
    }

    uint64_t finish() {
      v2 ^= 0xff;
      round(), round(), round();
      return v0 ^ v1 ^ v2 ^ v3;
    }
  };

  /// Eight address bytes as the little-endian word that SipHash reads.
  static uint64_t block(uint32_t first, uint32_t second) {
    return uint64_t{__builtin_bswap32(first)} | uint64_t{__builtin_bswap32(second)} << 32;
  }

  SipKey key_;
};

}  // namespace batch
