#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "batch/counter_columns.h"
#include "batch/source_key.h"
#include "batch/tuple_batch.h"
#include "filter/interest.h"
#include "wire/frame.h"
#include "wire/glimpse.h"
#include "wire/tuple.h"

namespace batch {

/// Payloads that are longer are not copied: what doors read fits in one frame.
constexpr size_t kPayloadLimit = 2048;

/// Totals since the source was opened; the sum of `endings` is the number of packets.
struct Counters {
  std::array<uint64_t, kEndings> endings = {};
  uint64_t bytes = 0;  ///< on the wire

  uint64_t packets() const {
    uint64_t sum = 0;
    for (const uint64_t count : endings) sum += count;
    return sum;
  }
};

/// Where every source puts its frames: parsed, counted, and, if a door wants them, written as a
/// row.
///
///   intake.begin();
///   while (intake.has_room() && source.next(&frame)) intake.take(frame);
///   return intake.rows();
///
/// Where a frame is dear to make, `passes_over` is asked first; what it is true of is counted by
/// `count_unwanted`, and what is left goes to `look_closer`.
class Intake {
 public:
  /// `everyPacket` writes a row for each frame, rejects included, with all that is known of it.
  enum class Rows : uint8_t { wanted, everyPacket };

  Intake(const TupleBatch& batch, const filter::Interest& interest, SipKey key, Rows rows)
      : batch_(batch), interest_(interest), hash_(key), rows_mode_(rows) {}

  void begin() { rows_ = arena_used_ = 0; }
  size_t rows() const { return rows_; }
  /// A batch with an arena is also full when the arena might not hold one more payload.
  bool has_room() const {
    return rows_ < batch_.capacity &&
           (batch_.arena_bytes == 0 || arena_used_ + kPayloadLimit <= batch_.arena_bytes);
  }

  /// The frame is on loan for this call. Needs `has_room()`.
  void take(const wire::Frame& frame) {
    if (wire::may_glimpse(frame) && passes_over(frame.bytes))
      count_unwanted(1, frame.original_length);
    else
      look_closer(frame);
  }

  /// Whether a glimpse tells that nobody wants the frame (`wire::may_glimpse`); then it need only
  /// be counted.
  bool passes_over(wire::ByteView bytes) const {
    wire::Glimpse seen;
    return rows_mode_ == Rows::wanted && wire::glimpse(bytes, seen) &&
           !interest_.wants(seen.protocol, seen.port, seen.flags);
  }
  void count_unwanted(uint64_t frames, uint64_t bytes) {
    counters_.endings[static_cast<size_t>(Ending::unwanted)] += frames;
    counters_.bytes += bytes;
  }

  /// Parses a frame that was not passed over. On loan for this call. Needs `has_room()`.
  void look_closer(const wire::Frame& frame);

  void set_interest(const filter::Interest& interest) { interest_ = interest; }
  const Counters& counters() const { return counters_; }

 private:
  /// What is wrong with a packet behind its ports is told of what some door would want: a kernel
  /// filter and a glimpse look no further, either. Where every packet has a row, so has its fault.
  Ending ending_of(const wire::Tuple& tuple) const;
  void append(const wire::Frame& frame, const wire::Tuple& tuple, Ending ending);
  uint32_t copy_payload(const wire::Frame& frame, const wire::Tuple& tuple);

  TupleBatch batch_;
  filter::Interest interest_;
  SourceHash hash_;
  Rows rows_mode_;
  size_t rows_ = 0;
  size_t arena_used_ = 0;
  Counters counters_;
};

}  // namespace batch
