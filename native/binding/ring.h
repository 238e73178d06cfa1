#pragma once
#include <napi.h>

#include <optional>

#include "batch/intake.h"
#include "binding/intake_options.h"
#include "binding/poll_handle.h"
#include "sys/packet_ring.h"

namespace binding {

/// JavaScript's `Ring`: one packet ring on one interface, drained into a batch.
///   new Ring({interface, index, memory, arena, capacity, key, interest, slotBytes, slots,
///   hearsOutgoing, clockOrigin, onReadable, fanout?: {group?, workers, seed}})
class Ring : public Napi::ObjectWrap<Ring> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit Ring(const Napi::CallbackInfo& info);

 private:
  /// Takes what has arrived, up to the batch's capacity; the number of rows.
  Napi::Value drain(const Napi::CallbackInfo& info);
  /// Calls `onReadable` whenever a frame waits, until `unwatch`.
  Napi::Value watch(const Napi::CallbackInfo& info);
  Napi::Value unwatch(const Napi::CallbackInfo& info);
  /// Kernel filter and port bitmap take effect between two frames.
  Napi::Value set_interest(const Napi::CallbackInfo& info);
  /// Fills a Float64Array: the counters in order, then bytes.
  Napi::Value counters(const Napi::CallbackInfo& info);
  /// Frames that the kernel had no free slot for, in all.
  Napi::Value dropped(const Napi::CallbackInfo& info);
  /// The errno that ended the watch, 0 if none; reading clears it.
  Napi::Value take_error(const Napi::CallbackInfo& info);
  /// Whether the interface still exists.
  Napi::Value is_bound(const Napi::CallbackInfo& info);
  /// The kernel's number of the interface that it was opened on; 0: all of them.
  Napi::Value interface_index(const Napi::CallbackInfo& info);
  /// The kernel's number of the group of rings that it shares with; undefined: it shares with none.
  Napi::Value group(const Napi::CallbackInfo& info);
  /// Passes over frames from the links with these numbers (a Uint32Array, ascending).
  Napi::Value pass_over(const Napi::CallbackInfo& info);
  /// How far the wall clock has been set ahead since `clockOrigin` was read, in microseconds.
  Napi::Value wall_shift(const Napi::CallbackInfo& info);
  /// For tests: as if the wall clock had been set ahead by so many whole seconds, and as if frames
  /// had been stamped by a clock so many ahead.
  Napi::Value pretend_step(const Napi::CallbackInfo& info);
  /// ARPHRD_* of the interface.
  Napi::Value hardware(const Napi::CallbackInfo& info);
  /// Frames that the last drain took off the ring, wanted or not.
  Napi::Value frames_taken(const Napi::CallbackInfo& info);
  /// Whether the last drain took all that had arrived.
  Napi::Value is_empty(const Napi::CallbackInfo& info);
  /// Whether a frame lies there that no drain has taken.
  Napi::Value has_frame(const Napi::CallbackInfo& info);
  /// Totals can still be asked for; all else does nothing from here on.
  Napi::Value close(const Napi::CallbackInfo& info);

  std::optional<sys::PacketRing> ring_;
  std::optional<batch::Intake> intake_;
  BatchMemory memory_;
  PollHandle poll_;
  uint16_t index_ = 0;
  sys::Drained drained_{0, true};
  uint64_t dropped_ = 0;
};

}  // namespace binding
