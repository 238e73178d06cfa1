#include "batch/intake.h"

#include <cstring>

#include "wire/parse.h"

namespace batch {

void Intake::look_closer(const wire::Frame& frame) {
  counters_.bytes += frame.original_length;
  wire::Tuple tuple;
  wire::parse(frame, tuple);
  const Ending ending = ending_of(tuple);
  counters_.endings[static_cast<size_t>(ending)]++;
  if (ending == Ending::wanted || rows_mode_ == Rows::everyPacket) append(frame, tuple, ending);
}

Ending Intake::ending_of(const wire::Tuple& tuple) const {
  using wire::Reject;
  if (tuple.reject == Reject::none)
    return interest_.wants(tuple) ? Ending::wanted : Ending::unwanted;
  const bool is_behind_ports =
      tuple.reject == Reject::badChecksum || tuple.reject == Reject::badTransport;
  const bool is_whole = (tuple.traits & wire::kTraitComplete) != 0;
  if (rows_mode_ == Rows::wanted && is_behind_ports && is_whole && !interest_.wants(tuple))
    return Ending::unwanted;
  return batch::ending_of(tuple.reject);
}

void Intake::append(const wire::Frame& frame, const wire::Tuple& tuple, Ending ending) {
  const size_t row = rows_++;
  const TupleBatch& to = batch_;
  to.seconds[row] = static_cast<double>(frame.seconds);
  to.nanoseconds[row] = frame.nanoseconds;
  to.source0[row] = tuple.source[0];
  to.source1[row] = tuple.source[1];
  to.source2[row] = tuple.source[2];
  to.source3[row] = tuple.source[3];
  to.target0[row] = tuple.target[0];
  to.target1[row] = tuple.target[1];
  to.target2[row] = tuple.target[2];
  to.target3[row] = tuple.target[3];
  const uint64_t key = hash_(tuple.source, (tuple.traits & wire::kTraitIpv6) != 0 ? 6 : 4);
  to.key0[row] = static_cast<uint32_t>(key);
  to.key1[row] = static_cast<uint32_t>(key >> 32);
  to.frameLength[row] = frame.original_length;
  to.payloadOffset[row] = copy_payload(frame, tuple);
  to.payloadLength[row] = tuple.payload_length;
  to.sourcePort[row] = tuple.source_port;
  to.port[row] = tuple.port;
  to.vlan[row] = tuple.vlan;
  to.interface[row] = frame.interface;
  to.protocol[row] = tuple.protocol;
  to.flags[row] = tuple.flags;
  to.traits[row] = tuple.traits;
  to.verdict[row] = static_cast<uint8_t>(ending);
}

uint32_t Intake::copy_payload(const wire::Frame& frame, const wire::Tuple& tuple) {
  if (batch_.arena_bytes == 0 || tuple.payload_length > kPayloadLimit) return kNoPayload;
  const size_t at = arena_used_;
  std::memcpy(batch_.arena + at, frame.bytes.data() + tuple.payload_at, tuple.payload_length);
  arena_used_ += tuple.payload_length;
  return static_cast<uint32_t>(at);
}

}  // namespace batch
