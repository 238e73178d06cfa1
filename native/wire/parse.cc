#include "wire/parse.h"

#include "wire/ip.h"
#include "wire/link.h"
#include "wire/transport.h"

namespace wire {
namespace {

using Version = Network::Version;

Transport find_transport(const Frame& frame, Network network, Tuple& tuple) {
  if (network.version == Version::either && frame.bytes.has(network.offset, 1)) {
    const uint8_t nibble = frame.bytes.u8(network.offset) >> 4;
    network.version = nibble == 6 ? Version::ipv6 : Version::ipv4;
  }
  switch (network.version) {
    case Version::ipv6:
      return walk_ipv6(frame, network.offset, tuple);
    case Version::ipv4:
    case Version::either:  // not a single byte: cut, in either family
      return walk_ipv4(frame, network.offset, tuple);
    case Version::none:
      return {};
  }
  return {};
}

}  // namespace

void parse(const Frame& frame, Tuple& tuple) {
  tuple = Tuple{};
  if (frame.is_outgoing) tuple.refuse(Reject::outgoing);
  const Network network = find_network(frame, tuple);
  const Transport transport = find_transport(frame, network, tuple);
  if (transport.is_readable) read_transport(frame, transport, tuple);
}

}  // namespace wire
