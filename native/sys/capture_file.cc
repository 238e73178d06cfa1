#include "sys/capture_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "sys/read_lease.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#endif

namespace sys {
namespace {

/// What a drain may do before it lets the event loop have a turn: about three milliseconds of work.
/// Where few packets are wanted, whoever takes the batches spends more on each than on its rows.
constexpr size_t kBytesPerDrain = 32 << 20;
/// Fits the second-level cache.
constexpr size_t kPiece = 256 * 1024;

/// The hot loop of a replay (bench/cases/replay). It works on a copy of the cursor, and makes a
/// frame only of what is not passed over: so all stays in registers.
template <typename Reader>
Step fill_from(Reader& reader, Cursor& cursor, batch::Intake& intake) {
  if (!intake.has_room()) return Step::frame;
  Step step = reader.begin(cursor);
  if (step != Step::frame) return step;
  Cursor at = cursor;
  uint64_t passed = 0;
  uint64_t passed_bytes = 0;
  while (at.consumed() < kBytesPerDrain) {
    const size_t before = at.consumed();
    Record record;
    step = reader.next(at, record);
    if (step != Step::frame) break;
    at.prefetch_since(before);
    if (reader.is_ethernet() && intake.passes_over(record.bytes)) {
      passed++;
      passed_bytes += record.original_length;
      continue;
    }
    intake.look_closer(reader.frame(record));
    if (!intake.has_room()) break;
  }
  intake.count_unwanted(passed, passed_bytes);
  cursor = at;
  return step;
}

}  // namespace

Step CaptureReader::fill(Cursor& cursor, batch::Intake& intake) {
  if (std::holds_alternative<Undecided>(format_)) {
    const Step step = decide(cursor);
    if (step != Step::frame) return step;
  }
  return std::visit([&](auto& reader) { return fill_from(reader, cursor, intake); }, format_);
}

Step CaptureReader::decide(const Cursor& cursor) {
  auto& undecided = std::get<Undecided>(format_);
  if (!cursor.has(4)) return cursor.is_last() ? undecided.too_short(cursor) : Step::hungry;
  const uint32_t magic = cursor.rest().be32(0);
  if (magic == PcapngReader::kMagic) {
    format_.emplace<PcapngReader>();
  } else if (PcapReader<false>::knows(magic)) {
    format_.emplace<PcapReader<false>>();
  } else if (PcapReader<true>::knows(magic)) {
    format_.emplace<PcapReader<true>>();
  } else {
    return undecided.unknown(cursor);
  }
  return Step::frame;
}

const CaptureFailure& CaptureReader::failure() const {
  return std::visit([](const RecordReader& reader) -> auto& { return reader.failure(); }, format_);
}

const std::vector<std::string>& CaptureReader::interfaces() const {
  return std::visit([](const RecordReader& reader) -> auto& { return reader.interfaces(); },
                    format_);
}

Step CaptureReader::Undecided::unknown(const Cursor& cursor) {
  return failed("CAPTURE_NOT_A_CAPTURE", cursor.offset(), "neither pcap nor pcapng");
}

Step CaptureReader::Undecided::too_short(const Cursor& cursor) {
  return failed("CAPTURE_NOT_A_CAPTURE", cursor.offset(), "too short for a capture");
}

Result<CaptureFile> CaptureFile::map(int fd) {
  struct stat status;
  if (::fstat(fd, &status) != 0) return failed("fstat");
  CaptureFile capture;
  capture.file_ = FileDescriptor(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (capture.file_.get() < 0) return failed("fcntl");
  const auto size = static_cast<size_t>(status.st_size);
  capture.file_size_ = size;
  capture.has_ended_ = size == 0;
  if (size == 0) return capture;
  void* at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (at == MAP_FAILED) return failed("mmap");
  capture.memory_ = MappedMemory({static_cast<std::byte*>(at), size});
  capture.is_mapped_ = true;
  ::madvise(at, size, MADV_SEQUENTIAL);
  return capture;
}

/// Reading a mapped page that is no longer in the file is SIGBUS. Where no lease keeps others from
/// cutting the file short meanwhile (somebody writes to it, it is another user's, a file system
/// without leases), it is read from here on, at half the speed.
Step CaptureFile::drain(batch::Intake& intake) {
  intake.begin();
  if (is_mapped_) {
    const ReadLease lease(file_.get());
    if (lease.is_held()) return drain_mapped(intake);
    stop_mapping();
  }
  if (is_file()) return drain_read(intake);
  return fill({fed_.data(), fed_.size()}, has_ended_, intake);
}

Step CaptureFile::drain_mapped(batch::Intake& intake) {
  if (shrank()) return Step::failed;
  const std::span<std::byte> all = memory_.bytes();
  populate(all);
  return fill({reinterpret_cast<const uint8_t*>(all.data()), all.size()}, true, intake);
}

/// Maps the pages of the next drain in one call. A fault for each handful of pages costs a fifth of
/// a replay where the page cache holds small ones (bench/README.md). Older kernels refuse: then
/// they fault.
void CaptureFile::populate(std::span<std::byte> all) {
  if (at_ + kBytesPerDrain <= populated_ || populated_ == all.size()) return;
  const size_t more = std::min(kBytesPerDrain, all.size() - populated_);
  ::madvise(all.data() + populated_, more, MADV_POPULATE_READ);
  populated_ += more;
}

Step CaptureFile::drain_read(batch::Intake& intake) {
  for (;;) {
    if (shrank()) return Step::failed;
    const Step step = fill({fed_.data(), fed_.size()}, has_ended_, intake);
    if (step != Step::hungry) return step;
    if (!read_more()) return Step::failed;
  }
}

Step CaptureFile::fill(wire::ByteView window, bool is_last, batch::Intake& intake) {
  Cursor cursor(window.from(at_), offset_, is_last);
  const Step step = reader_.fill(cursor, intake);
  at_ += cursor.consumed();
  offset_ += cursor.consumed();
  return step;
}

void CaptureFile::feed(wire::ByteView bytes) {
  drop_consumed();
  fed_.insert(fed_.end(), bytes.data(), bytes.data() + bytes.size());
}

void CaptureFile::stop_mapping() {
  is_mapped_ = false;
  memory_.reset();
  at_ = 0;
}

void CaptureFile::drop_consumed() {
  fed_.erase(fed_.begin(), fed_.begin() + static_cast<ptrdiff_t>(at_));
  at_ = 0;
}

/// The next piece of a file, up to where it ended when it was opened.
bool CaptureFile::read_more() {
  drop_consumed();
  const size_t kept = fed_.size();
  const size_t from = static_cast<size_t>(offset_) + kept;
  const size_t wanted = std::min(kPiece, file_size_ - std::min(from, file_size_));
  fed_.resize(kept + wanted);
  const ssize_t got = ::pread(file_.get(), fed_.data() + kept, wanted, static_cast<off_t>(from));
  if (got < 0) return fail({"CAPTURE_NOT_READABLE", from, std::strerror(errno)});
  fed_.resize(kept + static_cast<size_t>(got));
  has_ended_ = got == 0 || from + static_cast<size_t>(got) >= file_size_;
  return true;
}

bool CaptureFile::shrank() {
  struct stat status;
  if (::fstat(file_.get(), &status) != 0) return false;
  const auto size = static_cast<uint64_t>(status.st_size);
  if (size >= file_size_) return false;
  return !fail({"CAPTURE_TRUNCATED", size, "the file became shorter while it was read"});
}

bool CaptureFile::fail(CaptureFailure failure) {
  has_failed_ = true;
  failure_ = std::move(failure);
  return false;
}

}  // namespace sys
