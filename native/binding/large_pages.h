#pragma once
#include <napi.h>

namespace binding {

/// `untilLargePage(memory: TypedArray)`: how many bytes of it come before the first large page.
Napi::Value until_large_page(const Napi::CallbackInfo& info);

/// `useLargePages(memory: TypedArray)`: has it moved into large pages, in a thread of its own,
/// which keeps it meanwhile. Nobody is told of the end.
Napi::Value use_large_pages(const Napi::CallbackInfo& info);

}  // namespace binding
