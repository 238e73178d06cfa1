#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "sys/file_descriptor.h"
#include "sys/result.h"

namespace sys {

/// A socket that hears of every change to the ruleset of this network namespace.
class NftEvents {
 public:
  /// `deaf_to` is the port of a socket whose own transactions are not told: the kernel drops their
  /// news, so that no opening of ours wakes us.
  static Result<NftEvents> open(uint32_t deaf_to, int receive_buffer);

  /// Joins the kernel's group of listeners, or leaves it: with nobody there it makes no news at
  /// all.
  Result<Done> hear(bool is_wanted);

  int descriptor() const { return socket_.get(); }

  using Visit = std::function<void(std::span<const std::byte> datagram)>;
  /// Reads what waits, up to a bound; what is left makes the descriptor readable again. False if
  /// news were lost for want of room: then nobody knows what has changed.
  Result<bool> drain(const Visit& visit);

 private:
  explicit NftEvents(FileDescriptor socket) : socket_(std::move(socket)) {}

  FileDescriptor socket_;
  std::vector<std::byte> inbox_;
};

}  // namespace sys
