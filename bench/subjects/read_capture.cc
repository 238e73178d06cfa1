// The native half of a replay by itself: frames of a capture to rows, with doors that want 7000,
// 8000 and 9000; or, with `all`, a row for each frame. Its instructions are counted.
//   read_capture FILE [all]   ->   {"packets":N,"rows":N}
#include <fcntl.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <vector>

#include "sys/capture_file.h"

int main(int argc, char** argv) {
  const int fd = argc == 2 || argc == 3 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0) {
    std::fprintf(stderr, "read_capture FILE [all]\n");
    return 2;
  }
  constexpr size_t kRows = 4096;
  std::vector<uint64_t> memory(batch::TupleBatch::bytes_for(kRows) / 8 + 1);
  const auto rows =
      batch::TupleBatch::over(reinterpret_cast<uint8_t*>(memory.data()), kRows, nullptr, 0);
  filter::Interest interest;
  for (const uint16_t port : {7000, 8000, 9000}) interest.tcp.add(port);
  interest.tcp_flags = {18, 2};
  const bool wants_all = argc == 3;
  batch::Intake intake(rows, interest, {1, 2},
                       wants_all ? batch::Intake::Rows::everyPacket : batch::Intake::Rows::wanted);
  auto file = sys::CaptureFile::map(fd);
  if (!file.ok()) return 1;
  uint64_t wanted = 0;
  sys::Step last;
  do {
    last = file.value().drain(intake);
    wanted += intake.rows();
  } while (last == sys::Step::frame);
  if (last == sys::Step::failed) return 1;
  std::printf("{\"packets\":%" PRIu64 ",\"rows\":%" PRIu64 "}\n", intake.counters().packets(),
              wanted);
  return 0;
}
