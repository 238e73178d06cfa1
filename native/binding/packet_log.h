#pragma once
#include <napi.h>

#include <optional>

#include "batch/intake.h"
#include "binding/intake_options.h"
#include "binding/poll_handle.h"
#include "sys/log_socket.h"

namespace binding {

/// JavaScript's `PacketLog`: the packets that rules log to netlink groups, drained into a batch.
///   new PacketLog({groups: Uint16Array, snapLength, clockOrigin, memory, arena, capacity, key,
///   interest, onReadable})
class PacketLog : public Napi::ObjectWrap<PacketLog> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit PacketLog(const Napi::CallbackInfo& info);

 private:
  /// Takes what has arrived, up to the batch's capacity; the number of rows.
  Napi::Value drain(const Napi::CallbackInfo& info);
  /// Packets that the last drain took, wanted or not.
  Napi::Value packets_taken(const Napi::CallbackInfo& info);
  /// Whether the last drain took all that had arrived.
  Napi::Value is_empty(const Napi::CallbackInfo& info);
  /// gather(isWanted): whether the kernel may let packets wait for others.
  void gather(const Napi::CallbackInfo& info);
  /// Calls `onReadable` whenever packets wait, until `unwatch`.
  void watch(const Napi::CallbackInfo& info);
  void unwatch(const Napi::CallbackInfo& info);
  void set_interest(const Napi::CallbackInfo& info);
  /// Fills a Float64Array: the counters in order, then bytes.
  void counters(const Napi::CallbackInfo& info);
  /// Packets that the kernel had no room for, in all.
  Napi::Value dropped(const Napi::CallbackInfo& info);
  /// Totals can still be asked for; all else does nothing from here on.
  void close(const Napi::CallbackInfo& info);

  std::optional<sys::LogSocket> socket_;
  std::optional<batch::Intake> intake_;
  BatchMemory memory_;
  sys::Drained drained_{0, true};
  uint64_t dropped_ = 0;
  PollHandle poll_;  // closed before the socket it watches
};

}  // namespace binding
