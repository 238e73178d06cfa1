#include "filter/bpf_program.h"

#include <algorithm>
#include <span>

#include "filter/bpf_assembler.h"
#include "filter/port_ranges.h"
#include "wire/ether_type.h"

namespace filter {
namespace {

namespace ether_type = wire::ether_type;

constexpr uint32_t kTcp = 6;
constexpr uint32_t kUdp = 17;
constexpr uint32_t kIcmp = 1;
constexpr uint32_t kIcmpv6 = 58;
constexpr uint32_t kEchoRequest = 8;
constexpr uint32_t kEchoRequest6 = 128;
/// More fragments, or an offset.
constexpr uint32_t kFragmented = 0x3fff;
constexpr uint32_t kAuthentication = 51;
constexpr uint32_t kFragment = 44;
/// Extension headers that are walked, but for the fragment header.
constexpr uint32_t kExtensions[] = {0, 43, 51, 60};

/// MPLS, PPPoE and VN-Tag: what is behind them only the parser can find.
constexpr uint32_t kShimTypes[] = {ether_type::kMpls, ether_type::kMplsUpstream, ether_type::kPppoe,
                                   ether_type::kVnTag};

/// A subtree this large still reaches its own returns by short jumps (3 instructions a range).
constexpr size_t kRangesPerReturn = 64;

/// Writes the program in the order in which packets fall out of it: most by ethertype, protocol and
/// TCP flags, the rest by port.
///
///   link header -> IPv4 / IPv6 at each place it can begin -> the tree of TCP ports -> accept
///                                                         -> the tree of UDP ports -> reject
///
/// A load behind the packet's end rejects it, as it should: the header it belongs to is cut.
/// A VLAN tag that the kernel took out of the bytes (SKF_AD_VLAN_TAG_PRESENT) needs no test: the
/// bytes read as if it had never been there, and whether its id is right is the matcher's business.
class Writer {
 public:
  Writer(const Interest& interest, std::vector<PortRange> tcp, std::vector<PortRange> udp)
      : interest_(interest), tcp_(std::move(tcp)), udp_(std::move(udp)) {}

  std::vector<sock_filter> write(LinkFamily family) {
    if (tcp_.empty() && udp_.empty() && !interest_.icmp && !interest_.icmp6) {
      as_.emit(BPF_RET | BPF_K, 0);
      return as_.assemble();
    }
    if (family == LinkFamily::ethernet)
      ethernet(14, 2);
    else
      raw_ip();
    ports(tcp_tree_, tcp_);
    ports(udp_tree_, udp_);
    ret(accept_, kSnapLength);
    ret(accept_whole_, kWholePacket);
    ret(reject_, 0);
    return as_.assemble();
  }

 private:
  /// `base` is where the network header begins, the ethertype lies before it.
  void ethernet(uint32_t base, int tags) {
    as_.emit(BPF_LD | BPF_H | BPF_ABS, base - 2);
    const Label four = as_.on(ether_type::kIpv4);
    const Label six = as_.on(ether_type::kIpv6);
    const Label tagged = as_.label();
    as_.on_any(ether_type::kTags, tags > 0 ? tagged : accept_whole_);
    as_.on_any(kShimTypes, accept_whole_);
    as_.jump(reject_);
    as_.bind(four);
    ipv4(base);
    as_.bind(six);
    ipv6(base);
    as_.bind(tagged);
    if (tags > 0) ethernet(base + 4, tags - 1);
  }

  void raw_ip() {
    as_.emit(BPF_LD | BPF_B | BPF_ABS, 0);
    as_.emit(BPF_ALU | BPF_AND | BPF_K, 0xf0);
    const Label four = as_.on(0x40);
    const Label six = as_.on(0x60);
    as_.jump(reject_);
    as_.bind(four);
    ipv4(0);
    as_.bind(six);
    ipv6(0);
  }

  void ipv4(uint32_t base) {
    as_.emit(BPF_LD | BPF_B | BPF_ABS, base + 9);
    const Label tcp = as_.on(kTcp);
    const Label udp = as_.on(kUdp);
    const Label icmp = as_.on(kIcmp);
    as_.on_to(kAuthentication, accept_whole_);
    as_.jump(reject_);

    as_.bind(tcp);
    if (!tcp_.empty()) {
      begin_ipv4_transport(base);
      tcp_flags(BPF_IND, base);
      as_.emit(BPF_LD | BPF_H | BPF_IND, base + 2);
    }
    as_.jump(tcp_.empty() ? reject_ : tcp_tree_);

    as_.bind(udp);
    if (!udp_.empty()) {
      begin_ipv4_transport(base);
      as_.emit(BPF_LD | BPF_H | BPF_IND, base + 2);
    }
    as_.jump(udp_.empty() ? reject_ : udp_tree_);

    as_.bind(icmp);
    if (interest_.icmp) {
      as_.emit(BPF_LD | BPF_H | BPF_ABS, base + 6);
      const Label whole = as_.label();
      as_.branch(BPF_JSET, kFragmented, reject_, whole);
      as_.bind(whole);
      as_.emit(BPF_LDX | BPF_B | BPF_MSH, base);
      as_.emit(BPF_LD | BPF_B | BPF_IND, base);
      as_.branch(BPF_JEQ, kEchoRequest, accept_, reject_);
    } else {
      as_.jump(reject_);
    }
  }

  /// Later fragments end here; X becomes the header's length.
  void begin_ipv4_transport(uint32_t base) {
    as_.emit(BPF_LD | BPF_H | BPF_ABS, base + 6);
    const Label first = as_.label();
    as_.branch(BPF_JSET, 0x1fff, reject_, first);
    as_.bind(first);
    as_.emit(BPF_LDX | BPF_B | BPF_MSH, base);
  }

  /// Behind extension headers anything may come, except behind a later fragment's.
  void ipv6(uint32_t base) {
    constexpr uint32_t kHeader = 40;
    as_.emit(BPF_LD | BPF_B | BPF_ABS, base + 6);
    const Label tcp = as_.on(kTcp);
    const Label udp = as_.on(kUdp);
    const Label icmp = as_.on(kIcmpv6);
    const Label fragment = as_.on(kFragment);
    as_.on_any(kExtensions, accept_whole_);
    as_.jump(reject_);

    as_.bind(tcp);
    if (!tcp_.empty()) {
      tcp_flags(BPF_ABS, base + kHeader);
      as_.emit(BPF_LD | BPF_H | BPF_ABS, base + kHeader + 2);
    }
    as_.jump(tcp_.empty() ? reject_ : tcp_tree_);

    as_.bind(udp);
    if (!udp_.empty()) as_.emit(BPF_LD | BPF_H | BPF_ABS, base + kHeader + 2);
    as_.jump(udp_.empty() ? reject_ : udp_tree_);

    as_.bind(icmp);
    if (interest_.icmp6) {
      as_.emit(BPF_LD | BPF_B | BPF_ABS, base + kHeader);
      as_.branch(BPF_JEQ, kEchoRequest6, accept_, reject_);
    } else {
      as_.jump(reject_);
    }

    as_.bind(fragment);
    as_.emit(BPF_LD | BPF_H | BPF_ABS, base + kHeader + 2);
    as_.branch(BPF_JSET, 0xfff8, reject_, accept_whole_);
  }

  void tcp_flags(int mode, uint32_t base) {
    if (interest_.tcp_flags.mask == 0) return;
    as_.emit(BPF_LD | BPF_B | mode, base + 13);
    as_.emit(BPF_ALU | BPF_AND | BPF_K, interest_.tcp_flags.mask);
    const Label passed = as_.label();
    as_.branch(BPF_JEQ, interest_.tcp_flags.value, passed, reject_);
    as_.bind(passed);
  }

  void ports(Label tree, std::span<const PortRange> ranges) {
    as_.bind(tree);
    if (!ranges.empty()) search(ranges, false);
  }

  /// Binary search on the accumulator. `is_above`: it is known not to be under the first range.
  void search(std::span<const PortRange> ranges, bool is_above) {
    if (ranges.size() > kRangesPerReturn) {
      split(ranges, is_above, [this](auto half, bool above) { search(half, above); });
      return;
    }
    const Label found = as_.label();
    const Label missed = as_.label();
    search_near(ranges, is_above, found, missed);
    ret(found, kSnapLength);
    ret(missed, 0);
  }

  void search_near(std::span<const PortRange> ranges, bool is_above, Label found, Label missed) {
    if (ranges.size() == 1) return in_range(ranges[0], is_above, found, missed);
    split(ranges, is_above,
          [&](auto half, bool above) { search_near(half, above, found, missed); });
  }

  template <typename Each>
  void split(std::span<const PortRange> ranges, bool is_above, Each each) {
    const size_t middle = ranges.size() / 2;
    const Label upper = as_.label();
    const Label lower = as_.label();
    as_.branch(BPF_JGE, ranges[middle].from, upper, lower);
    as_.bind(lower);
    each(ranges.first(middle), is_above);
    as_.bind(upper);
    each(ranges.subspan(middle), true);
  }

  void in_range(PortRange range, bool is_above, Label found, Label missed) {
    if (range.from == range.to) return as_.branch(BPF_JEQ, range.from, found, missed);
    if (!is_above) {
      const Label above = as_.label();
      as_.branch(BPF_JGE, range.from, above, missed);
      as_.bind(above);
    }
    as_.branch(BPF_JGT, range.to, missed, found);
  }

  void ret(Label here, uint32_t bytes) {
    as_.bind(here);
    as_.emit(BPF_RET | BPF_K, bytes);
  }

  const Interest& interest_;
  std::vector<PortRange> tcp_;
  std::vector<PortRange> udp_;
  BpfAssembler as_;
  Label tcp_tree_ = as_.label();
  Label udp_tree_ = as_.label();
  Label accept_ = as_.label();
  Label accept_whole_ = as_.label();
  Label reject_ = as_.label();
};

}  // namespace

std::vector<sock_filter> compile(const Interest& interest, LinkFamily family,
                                 size_t max_instructions) {
  const std::vector<PortRange> tcp = ranges_of(interest.tcp);
  const std::vector<PortRange> udp = ranges_of(interest.udp);
  for (size_t limit = std::min(std::max(tcp.size(), udp.size()), max_instructions);; limit /= 2) {
    auto program = Writer(interest, coarsened(tcp, limit), coarsened(udp, limit)).write(family);
    if (program.size() <= max_instructions || limit <= 1) return program;
  }
}

}  // namespace filter
