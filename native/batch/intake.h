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
/// Where a frame is dear to make, `passes_over` is asked first, and what is left goes to
/// `look_closer`.
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
    if (!wire::may_glimpse(frame) || !passes_over(frame.bytes, frame.original_length))
      look_closer(frame);
  }

  /// Whether a glimpse tells that nobody wants the frame (`wire::may_glimpse`); then it is counted,
  /// and done with.
  bool passes_over(wire::ByteView bytes, uint32_t original_length) {
    wire::Glimpse seen;
    if (rows_mode_ != Rows::wanted || !wire::glimpse(bytes, seen) ||
        interest_.wants(seen.protocol, seen.port, seen.flags))
      return false;
    counters_.bytes += original_length;
    counters_.endings[static_cast<size_t>(Ending::unwanted)]++;
    return true;
  }

  /// Parses a frame that was not passed over. On loan for this call. Needs `has_room()`.
  void look_closer(const wire::Frame& frame);

  void set_interest(const filter::Interest& interest) { interest_ = interest; }
  const Counters& counters() const { return counters_; }

 private:
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
