#pragma once
#include <napi.h>

#include "binding/uv.h"

namespace binding {

/// Calls a JavaScript function, on the loop's own thread, whenever a descriptor can be read. Its
/// argument is 0, or a negative number if the descriptor has an error: then libuv has stopped
/// watching. An environment that ends (a worker that is terminated) closes the handle and waits for
/// libuv to let go of it.
class PollHandle {
 public:
  PollHandle() = default;
  ~PollHandle() { close(); }
  PollHandle(const PollHandle&) = delete;
  PollHandle& operator=(const PollHandle&) = delete;

  /// Throws in JavaScript and returns false if this libuv is not the one we know.
  bool open(Napi::Env env, int descriptor, Napi::Function callback);
  void start();
  void stop();
  /// From here on it holds the loop open no more.
  void unref();
  /// Must come before the descriptor is closed. The handle's memory goes when libuv lets go of it.
  void close();

 private:
  struct State;
  static void on_ready(uv_poll_s* handle, int status, int events);
  static void on_closed(uv_handle_s* handle);
  static void on_environment_end(napi_async_cleanup_hook_handle hook, void* state);

  State* state_ = nullptr;
};

}  // namespace binding
