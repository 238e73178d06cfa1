#include "netlink/extension_words.h"

#include <linux/netfilter/xt_addrtype.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter/xt_mark.h>
#include <linux/netfilter/xt_multiport.h>
#include <linux/netfilter/xt_tcpudp.h>

#include <cstring>

namespace netlink {

namespace {

using Bytes = std::span<const std::byte>;

const std::string kUnknown = "?";

/// A match's own structure. The kernel pads it to eight bytes.
template <typename T>
bool read(Bytes info, T& into) {
  if (info.size() < sizeof into) return false;
  std::memcpy(&into, info.data(), sizeof into);
  return true;
}

std::string range(uint16_t from, uint16_t to) {
  return std::to_string(from) + "-" + std::to_string(to);
}

bool is_any(const __u16 (&ports)[2]) { return ports[0] == 0 && ports[1] == 0xffff; }

std::string tcp(Bytes info) {
  xt_tcp match;
  if (!read(info, match)) return kUnknown;
  if (!is_any(match.spts) || match.option != 0 || match.flg_mask != 0 || match.invflags != 0) {
    return kUnknown;
  }
  return "proto:6" + (is_any(match.dpts) ? "" : ",ports:" + range(match.dpts[0], match.dpts[1]));
}

std::string udp(Bytes info) {
  xt_udp match;
  if (!read(info, match) || !is_any(match.spts) || match.invflags != 0) return kUnknown;
  return "proto:17" + (is_any(match.dpts) ? "" : ",ports:" + range(match.dpts[0], match.dpts[1]));
}

std::string multiport(Bytes info) {
  xt_multiport_v1 match;
  if (!read(info, match) || match.flags != XT_MULTIPORT_DESTINATION || match.invert != 0) {
    return kUnknown;
  }
  if (match.count == 0 || match.count > XT_MULTI_PORTS) return kUnknown;
  std::string words = "ports:";
  for (size_t at = 0; at < match.count; at++) {
    if (at > 0) words += '/';
    const bool is_range = match.pflags[at] != 0 && at + 1 < match.count;
    words += range(match.ports[at], match.ports[is_range ? at + 1 : at]);
    if (is_range) at++;
  }
  return words;
}

std::string conntrack(Bytes info) {
  xt_conntrack_mtinfo3 match;
  const bool is_state = read(info, match) &&
                        (match.match_flags & ~XT_CONNTRACK_STATE_ALIAS) == XT_CONNTRACK_STATE &&
                        match.invert_flags == 0;
  return is_state ? "state:" + std::to_string(match.state_mask) : kUnknown;
}

std::string address_kind(Bytes info) {
  xt_addrtype_info_v1 match;
  const bool is_local = read(info, match) && match.source == 0 && match.dest == 1 << 2 &&
                        match.flags == 0;  // RTN_LOCAL is 2
  return is_local ? "local" : kUnknown;
}

std::string mark(Bytes info) {
  xt_mark_mtinfo1 match;
  return read(info, match) ? "mark:" + std::to_string(match.mask) : kUnknown;
}

}  // namespace

std::string extension_words(std::string_view name, Bytes info) {
  if (name == "tcp") return tcp(info);
  if (name == "udp") return udp(info);
  if (name == "multiport") return multiport(info);
  if (name == "conntrack") return conntrack(info);
  if (name == "addrtype") return address_kind(info);
  if (name == "mark") return mark(info);
  return name == "comment" ? "" : kUnknown;
}

}  // namespace netlink
