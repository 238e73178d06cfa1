// The packet parser on any bytes: it must answer, and its answer must be true to the frame.
#include <cstddef>
#include <cstdint>
#include <memory>

#include "fuzz/demand.h"
#include "wire/glimpse.h"
#include "wire/link.h"
#include "wire/parse.h"

namespace {

constexpr uint16_t kLinkTypes[] = {1, 0, 9, 12, 101, 108, 113, 228, 229, 276, 147};

/// A glimpse may see only what the parser sees, and only in whole headers: what may be wrong with
/// them is what nobody looks at where nobody wants the ports (`batch::Intake`).
void compare_glimpse(const wire::Frame& frame, const wire::Tuple& tuple) {
  wire::Glimpse seen{};
  if (!wire::may_glimpse(frame) || !wire::glimpse(frame.bytes, seen)) return;
  demand((tuple.traits & wire::kTraitComplete) != 0);
  demand(tuple.reject == wire::Reject::none || tuple.reject == wire::Reject::badChecksum ||
         tuple.reject == wire::Reject::badTransport);
  demand(seen.protocol == tuple.protocol && seen.port == tuple.port);
  demand((seen.flags & 0xff) == (tuple.flags & 0xff));
}

void check(const wire::Frame& frame, const wire::Tuple& tuple) {
  const bool is_complete = (tuple.traits & wire::kTraitComplete) != 0;
  const bool is_later = (tuple.traits & wire::kTraitLaterFragment) != 0;
  if (tuple.reject == wire::Reject::none) demand(is_complete && !is_later);
  if (is_later) demand(tuple.port == 0 && tuple.source_port == 0 && tuple.payload_length == 0);
  demand(size_t{tuple.payload_at} + tuple.payload_length <= frame.bytes.size());
  demand((tuple.traits & (wire::kTraitIpv4 | wire::kTraitIpv6)) !=
         (wire::kTraitIpv4 | wire::kTraitIpv6));
}

}  // namespace

/// Two bytes say how the frame came, the rest is the frame, in a block of just its size.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const size_t length = size - 2;
  const std::unique_ptr<uint8_t[]> bytes(new uint8_t[length]);
  std::copy(data + 2, data + size, bytes.get());

  wire::Frame frame{};
  frame.bytes = {bytes.get(), length};
  frame.original_length = static_cast<uint32_t>(length + (data[1] & 0x70));
  frame.link_type = kLinkTypes[data[0] % (sizeof kLinkTypes / sizeof *kLinkTypes)];
  frame.has_tag = (data[1] & 1) != 0;
  frame.tag = data[1];
  frame.is_outgoing = (data[1] & 2) != 0;
  wire::Tuple tuple;
  wire::parse(frame, tuple);
  check(frame, tuple);
  compare_glimpse(frame, tuple);
  return 0;
}
