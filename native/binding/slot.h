#pragma once
#include <napi.h>

namespace binding {

/// `readSlot(slot: Uint8Array, 'ethernet' | 'network')`: what a ring would make of such a slot, as
/// `{bytes, originalLength, linkType, seconds, nanoseconds, tag?, isOutgoing}`.
Napi::Value read_slot(const Napi::CallbackInfo& info);

}  // namespace binding
