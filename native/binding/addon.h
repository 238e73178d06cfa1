#pragma once
#include <napi.h>

#include "sys/result.h"

/// What one environment (the main thread, or a worker) keeps of the addon. There are no globals.
struct Addon {
  Napi::FunctionReference capture;
  Napi::FunctionReference ring;
  Napi::FunctionReference nft_socket;
};

namespace binding {

/// An error like Node's own: `code` (EPERM), `errno`, `syscall`, and a message that says both.
Napi::Error system_error(Napi::Env env, const sys::Failure& failure);

}  // namespace binding
