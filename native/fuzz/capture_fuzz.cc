// The pcap and pcapng readers on any bytes: no crash, no memory by a length field (run.sh limits
// it), an end in bounded steps, and the same rows however the input is cut into pieces.
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "fuzz/demand.h"
#include "sys/capture_file.h"

namespace {

constexpr size_t kRows = 16;

struct Outcome {
  uint64_t packets;
  uint64_t digest;
  sys::Step last;
  uint64_t failed_at;
  bool operator==(const Outcome&) const = default;
};

template <typename T>
uint64_t bits_of(T value) {
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof value);
  return bits;
}

/// Everything that a row says, mixed into one number.
void mix(Outcome& outcome, const batch::TupleBatch& batch, size_t rows) {
  for (size_t row = 0; row < rows; row++) {
#define X(name, type, meaning) \
  outcome.digest = (outcome.digest ^ bits_of(batch.name[row])) * 0x100000001b3;
    TUPLE_COLUMNS(X)
#undef X
  }
}

Outcome read(wire::ByteView input, size_t piece) {
  static std::vector<uint64_t> memory(batch::TupleBatch::bytes_for(kRows) / 8 + 1);
  const auto batch =
      batch::TupleBatch::over(reinterpret_cast<uint8_t*>(memory.data()), kRows, nullptr, 0);
  static const filter::Interest interest;
  batch::Intake intake(batch, interest, {1, 2}, batch::Intake::Rows::everyPacket);
  sys::CaptureFile file;
  Outcome outcome{};
  size_t fed = 0;
  for (;;) {
    outcome.last = file.drain(intake);
    mix(outcome, batch, intake.rows());
    if (outcome.last == sys::Step::frame) continue;
    if (outcome.last != sys::Step::hungry) break;
    const size_t next = std::min(piece, input.size() - fed);
    if (next == 0) file.end();
    file.feed(input.from(fed).first(next));
    fed += next;
  }
  outcome.packets = intake.counters().packets();
  if (outcome.last == sys::Step::failed) outcome.failed_at = file.failure().offset;
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const wire::ByteView input(data, size);
  const Outcome whole = read(input, size + 1);
  demand(whole.packets * 12 <= size);
  const size_t piece = size < 2048 ? 1 + size % 7 : 509;
  demand(read(input, piece) == whole);
  return 0;
}
