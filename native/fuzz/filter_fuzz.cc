// The filter compiler on any interest: it ends, jumps only forward and inside the program, and
// stays within the limit where that is possible.
#include <cstddef>
#include <cstdint>

#include "filter/bpf_program.h"
#include "fuzz/demand.h"

namespace {

/// What the kernel checks before it takes a program (bpf_check_classic).
void check(const std::vector<sock_filter>& program, size_t limit) {
  demand(!program.empty() && BPF_CLASS(program.back().code) == BPF_RET);
  demand(program.size() <= limit || limit < 256);
  for (size_t at = 0; at < program.size(); at++) {
    const sock_filter& one = program[at];
    if (BPF_CLASS(one.code) != BPF_JMP) continue;
    const size_t next = at + 1;
    if (BPF_OP(one.code) == BPF_JA) {
      demand(one.k < program.size() - next);
    } else {
      demand(next + one.jt < program.size() && next + one.jf < program.size());
    }
  }
}

}  // namespace

/// Four bytes set the switches; each following pair adds a port, or a run of them.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 4) return 0;
  filter::Interest interest;
  interest.icmp = (data[0] & 1) != 0;
  interest.icmp6 = (data[0] & 2) != 0;
  interest.tcp_flags = {data[1], data[2]};
  for (size_t at = 4; at + 1 < size; at += 2) {
    const auto port = static_cast<uint16_t>(data[at] << 8 | data[at + 1]);
    filter::PortSet& ports = (at & 2) != 0 ? interest.tcp : interest.udp;
    for (uint32_t run = 0; run <= (port & 15u) * (data[0] >> 4); run++) {
      ports.add(static_cast<uint16_t>(port + run));
    }
  }
  const size_t limit = size_t{data[3]} * 16 + 256;
  check(filter::compile(interest, filter::LinkFamily::ethernet, limit), limit);
  check(filter::compile(interest, filter::LinkFamily::ip, limit), limit);
  return 0;
}
