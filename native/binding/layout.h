#pragma once
#include <napi.h>

namespace binding {

/// The columns of a tuple batch as `[{ name, type }]`, for src/native.ts to compare.
Napi::Value layout(Napi::Env env);

/// The names of the counters, in the order of the `verdict` column's numbers.
Napi::Value counters(Napi::Env env);

}  // namespace binding
