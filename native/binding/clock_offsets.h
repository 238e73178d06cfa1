#pragma once
#include <napi.h>

namespace binding {

/// `clockOffsets()`: how far the wall clock is ahead of the boot clock (`wall`), and that ahead of
/// the monotonic one (`suspended`), in microseconds.
Napi::Value clock_offsets(const Napi::CallbackInfo& info);

}  // namespace binding
