// A ring's slots of any bytes: the frame lies within its slot and behind the kernel's header, its
// numbers are in range, and the parser has an answer.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "fuzz/demand.h"
#include "sys/ring_slot.h"
#include "wire/parse.h"

namespace {

void check(std::span<const std::byte> slot, const wire::Frame& frame, bool is_own) {
  const auto* begin = reinterpret_cast<const std::byte*>(frame.bytes.data());
  const size_t length = frame.bytes.size();
  if (is_own && length > 0) {
    demand(begin >= slot.data() + sys::kSlotHeader);
    demand(begin + length <= slot.data() + slot.size());
  }
  demand(frame.nanoseconds < 1'000'000'000);
  demand(frame.has_tag || frame.tag == 0);
  demand(frame.interface == 7);
}

}  // namespace

/// The first byte names the link, the rest is the slot, in a block of just its size; its first word
/// is the status.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const size_t length = size - 1;
  const std::unique_ptr<std::byte[]> block(new std::byte[length]);
  std::copy_n(reinterpret_cast<const std::byte*>(data + 1), length, block.get());
  const std::span<const std::byte> slot(block.get(), length);
  const uint32_t status = length < sizeof(tpacket2_hdr)
                              ? 0
                              : reinterpret_cast<const tpacket2_hdr*>(slot.data())->tp_status;

  wire::Frame frame{};
  frame.interface = 7;
  const auto link = (data[0] & 1) != 0 ? sys::RingLink::network : sys::RingLink::ethernet;
  sys::read_slot(slot, status, link, frame);
  // A frame that is not IP, without its link header, is stood in for.
  check(slot, frame, link == sys::RingLink::ethernet || frame.link_type != 1);
  if (link == sys::RingLink::ethernet) demand(frame.original_length >= frame.bytes.size());
  wire::Tuple tuple;
  wire::parse(frame, tuple);
  return 0;
}
