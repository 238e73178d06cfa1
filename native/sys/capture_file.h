#pragma once
#include <cstdint>
#include <variant>
#include <vector>

#include "batch/intake.h"
#include "sys/cursor.h"
#include "sys/file_descriptor.h"
#include "sys/mapped_memory.h"
#include "sys/pcap_reader.h"
#include "sys/pcapng_reader.h"
#include "sys/result.h"

namespace sys {

/// A capture of either format, told apart by its first word.
class CaptureReader {
 public:
  /// Takes in frames while there is room and a drain's worth of work is not done; what came next.
  Step fill(Cursor& cursor, batch::Intake& intake);
  const CaptureFailure& failure() const;
  const std::vector<std::string>& interfaces() const;

 private:
  /// Before the first word is there, and for good when it is none of ours.
  class Undecided : public RecordReader {
   public:
    Step begin(Cursor&) { return Step::hungry; }
    Step next(Cursor&, Record&) { return Step::hungry; }
    bool is_ethernet() const { return false; }
    wire::Frame frame(Record) const { return {}; }
    Step unknown(const Cursor& cursor);
    Step too_short(const Cursor& cursor);
  };

  Step decide(const Cursor& cursor);

  std::variant<Undecided, PcapReader<false>, PcapReader<true>, PcapngReader> format_;
};

/// A capture as a source: mapped whole where it is a regular file that nobody can change during a
/// drain, read piece by piece where somebody could, fed piece by piece where it comes through a
/// pipe or an unpacker. Memory grows with the bytes that arrived, never with what a
/// length field says, and to one record at most.
class CaptureFile {
 public:
  /// A capture that is fed.
  CaptureFile() = default;
  /// Maps a regular file; keeps a descriptor of its own.
  static Result<CaptureFile> map(int fd);

  /// Fills the intake's batch from its first row. Does a bounded amount of work, so the batch may
  /// come back empty: `Step::frame` says that there is more to be had.
  Step drain(batch::Intake& intake);

  void feed(wire::ByteView bytes);
  void end() { has_ended_ = true; }

  uint64_t offset() const { return offset_; }
  const CaptureFailure& failure() const { return has_failed_ ? failure_ : reader_.failure(); }
  const std::vector<std::string>& interfaces() const { return reader_.interfaces(); }

 private:
  bool is_file() const { return file_.get() >= 0; }
  Step drain_mapped(batch::Intake& intake);
  void populate(std::span<std::byte> all);
  Step drain_read(batch::Intake& intake);
  Step fill(wire::ByteView window, bool is_last, batch::Intake& intake);
  void stop_mapping();
  void drop_consumed();
  /// False if it can't be had; then there is a failure.
  bool read_more();
  /// Whether the file became shorter; then there is a failure.
  bool shrank();
  bool fail(CaptureFailure failure);

  FileDescriptor file_;
  size_t file_size_ = 0;  ///< when it was opened
  MappedMemory memory_;
  bool is_mapped_ = false;
  std::vector<uint8_t> fed_;
  bool has_ended_ = false;
  bool has_failed_ = false;
  CaptureFailure failure_;
  uint64_t offset_ = 0;
  size_t at_ = 0;
  size_t populated_ = 0;  ///< so far its pages are mapped
  CaptureReader reader_;
};

}  // namespace sys
