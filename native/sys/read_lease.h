#pragma once

namespace sys {

/// While it is held, nobody can open the file for writing or cut it short: who tries is kept
/// waiting until it is given back (fcntl(2), F_SETLEASE), so it is held for moments only.
class ReadLease {
 public:
  /// The file's own user, or CAP_LEASE, gets one, unless somebody has the file open for writing.
  explicit ReadLease(int fd);
  ~ReadLease();
  ReadLease(const ReadLease&) = delete;
  ReadLease& operator=(const ReadLease&) = delete;

  bool is_held() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace sys
