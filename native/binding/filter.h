#pragma once
#include <napi.h>

namespace binding {

/// `compileFilter(interest, 'ethernet' | 'ip', maxInstructions?)`: the socket filter that a ring
/// would attach, as a Uint32Array of two words an instruction: code << 16 | jt << 8 | jf, then k.
Napi::Value compile_filter(const Napi::CallbackInfo& info);

/// `compileFanout(workers, seed)`: the program that picks a ring, in the same form.
Napi::Value compile_fanout(const Napi::CallbackInfo& info);

}  // namespace binding
