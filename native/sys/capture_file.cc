#include "sys/capture_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

namespace sys {
namespace {

/// About two milliseconds of work: what a drain may do before it lets the event loop have a turn.
constexpr size_t kFramesPerDrain = 262'144;
constexpr size_t kBytesPerDrain = 16 << 20;

template <typename Reader>
Step fill_from(Reader& reader, Cursor& cursor, batch::Intake& intake) {
  wire::Frame frame{};
  for (size_t count = 0; count < kFramesPerDrain && cursor.consumed() < kBytesPerDrain; count++) {
    if (!intake.has_room()) break;
    const Step step = reader.next(cursor, frame);
    if (step != Step::frame) return step;
    cursor.prefetch();
    intake.take(frame);
  }
  return Step::frame;
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
  } else if (PcapReader::knows(magic)) {
    format_.emplace<PcapReader>();
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
  capture.has_ended_ = true;
  const auto size = static_cast<size_t>(status.st_size);
  if (size == 0) return capture;
  void* at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (at == MAP_FAILED) return failed("mmap");
  capture.memory_ = MappedMemory({static_cast<std::byte*>(at), size});
  ::madvise(at, size, MADV_SEQUENTIAL);
  return capture;
}

Step CaptureFile::drain(batch::Intake& intake) {
  intake.begin();
  if (shrank()) return Step::failed;
  const wire::ByteView all =
      is_mapped() ? wire::ByteView(reinterpret_cast<const uint8_t*>(memory_.bytes().data()),
                                   memory_.bytes().size())
                  : wire::ByteView(fed_.data(), fed_.size());
  Cursor cursor(all.from(at_), offset_, has_ended_);
  const Step step = reader_.fill(cursor, intake);
  drop_consumed(cursor);
  return step;
}

void CaptureFile::feed(wire::ByteView bytes) {
  fed_.erase(fed_.begin(), fed_.begin() + static_cast<ptrdiff_t>(at_));
  at_ = 0;
  fed_.insert(fed_.end(), bytes.data(), bytes.data() + bytes.size());
}

void CaptureFile::drop_consumed(const Cursor& cursor) {
  at_ += cursor.consumed();
  offset_ += cursor.consumed();
}

/// Reading a mapped page that is no longer in the file is SIGBUS, so a file that somebody cuts
/// short while we read it is noticed here. A cut within one drain's two milliseconds remains
/// possible.
bool CaptureFile::shrank() {
  if (!is_mapped()) return false;
  struct stat status;
  if (::fstat(file_.get(), &status) != 0) return false;
  if (static_cast<size_t>(status.st_size) >= memory_.bytes().size()) return false;
  has_shrunk_ = true;
  shrunk_ = {"CAPTURE_TRUNCATED", static_cast<uint64_t>(status.st_size),
             "the file became shorter while it was read"};
  return true;
}

}  // namespace sys
