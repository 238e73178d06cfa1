#include "filter/fanout_program.h"

#include "filter/bpf_assembler.h"
#include "wire/ether_type.h"

namespace filter {
namespace {

namespace ether_type = wire::ether_type;

/// Odd, and their bits without a pattern (Weyl's and Murmur3's).
constexpr uint32_t kStir = 0x9e3779b1;
constexpr uint32_t kFinish = 0x85ebca6b;
constexpr uint32_t kMapped = 0xffff;  ///< third word of ::ffff:a.b.c.d

/// A word of the address is stirred into what came before it.
constexpr uint32_t stirred(uint32_t state, uint32_t word) {
  const uint32_t product = (state ^ word) * kStir;
  return product ^ product >> 15;
}

/// Where the kernel runs it, the packet's bytes begin in different places; its network header is
/// where `SKF_NET_OFF` says, and the link type of what lies there is in `SKF_AD_PROTOCOL`: behind
/// the tag, if the kernel took one out of the bytes.
class Writer {
 public:
  explicit Writer(Fanout fanout) : fanout_(fanout) {}

  std::vector<sock_filter> write() {
    as_.emit(BPF_LD | BPF_W | BPF_ABS, static_cast<uint32_t>(SKF_AD_OFF + SKF_AD_PROTOCOL));
    network(0, 2);
    as_.bind(finish_);
    finish();
    as_.bind(first_);
    as_.emit(BPF_RET | BPF_K, 0);
    return as_.assemble();
  }

 private:
  /// The accumulator holds the type of what begins at `base`.
  void network(uint32_t base, int tags) {
    const Label four = as_.on(ether_type::kIpv4);
    const Label six = as_.on(ether_type::kIpv6);
    const Label tagged = as_.label();
    as_.on_any(ether_type::kTags, tags > 0 ? tagged : first_);
    as_.jump(first_);
    as_.bind(four);
    const uint32_t state = stirred(stirred(stirred(fanout_.seed, 0), 0), kMapped);
    as_.emit(BPF_LDX | BPF_W | BPF_IMM, state);
    stir(base + 12);
    as_.jump(finish_);
    as_.bind(six);
    as_.emit(BPF_LDX | BPF_W | BPF_IMM, fanout_.seed);
    for (uint32_t word = 0; word < 4; word++) stir(base + 8 + word * 4);
    as_.jump(finish_);
    as_.bind(tagged);
    if (tags == 0) return;
    as_.emit(BPF_LD | BPF_H | BPF_ABS, at(base + 2));
    network(base + 4, tags - 1);
  }

  /// X is the state before and after, see `stirred`.
  void stir(uint32_t offset) {
    as_.emit(BPF_LD | BPF_W | BPF_ABS, at(offset));
    as_.emit(BPF_ALU | BPF_XOR | BPF_X, 0);
    as_.emit(BPF_ALU | BPF_MUL | BPF_K, kStir);
    as_.emit(BPF_MISC | BPF_TAX, 0);
    as_.emit(BPF_ALU | BPF_RSH | BPF_K, 15);
    as_.emit(BPF_ALU | BPF_XOR | BPF_X, 0);
    as_.emit(BPF_MISC | BPF_TAX, 0);
  }

  void finish() {
    as_.emit(BPF_MISC | BPF_TXA, 0);
    as_.emit(BPF_ALU | BPF_MUL | BPF_K, kFinish);
    as_.emit(BPF_MISC | BPF_TAX, 0);
    as_.emit(BPF_ALU | BPF_RSH | BPF_K, 16);
    as_.emit(BPF_ALU | BPF_XOR | BPF_X, 0);
    as_.emit(BPF_ALU | BPF_MOD | BPF_K, fanout_.workers);
    as_.emit(BPF_RET | BPF_A, 0);
  }

  static uint32_t at(uint32_t offset) { return static_cast<uint32_t>(SKF_NET_OFF) + offset; }

  Fanout fanout_;
  BpfAssembler as_;
  Label finish_ = as_.label();
  Label first_ = as_.label();
};

}  // namespace

std::vector<sock_filter> compile_fanout(Fanout fanout) { return Writer(fanout).write(); }

}  // namespace filter
