#include "binding/clock_offsets.h"

#include "sys/stamp_clock.h"

namespace binding {

Napi::Value clock_offsets(const Napi::CallbackInfo& info) {
  Napi::Object offsets = Napi::Object::New(info.Env());
  offsets.Set("wall", static_cast<double>(sys::wall_ahead_of_boot() / 1000));
  offsets.Set("suspended", static_cast<double>(sys::boot_ahead_of_monotonic() / 1000));
  return offsets;
}

}  // namespace binding
