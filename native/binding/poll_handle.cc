#include "binding/poll_handle.h"

#include <cstdlib>
#include <cstring>
#include <utility>

#include "binding/addon.h"

namespace binding {

/// Lives until libuv lets go of the handle, which may be after its owner.
struct PollHandle::State {
  napi_env env;
  uv_poll_s* handle;
  PollHandle* owner;  ///< null once it has closed the handle
  Napi::FunctionReference callback;
  napi_async_cleanup_hook_handle hook;

  uv_handle_s* base() const { return reinterpret_cast<uv_handle_s*>(handle); }
};

bool PollHandle::open(Napi::Env env, int descriptor, Napi::Function callback) {
  const char* name = uv_handle_type_name(kUvPoll);
  uv_loop_s* loop = nullptr;
  if (name == nullptr || std::strcmp(name, "poll") != 0 ||
      napi_get_uv_event_loop(env, &loop) != napi_ok) {
    Napi::Error::New(env, "this node's libuv is unknown to postern").ThrowAsJavaScriptException();
    return false;
  }
  auto* handle = static_cast<uv_poll_s*>(std::calloc(1, uv_handle_size(kUvPoll)));
  const int status = uv_poll_init(loop, handle, descriptor);
  if (status < 0) {
    std::free(handle);
    system_error(env, {"uv_poll_init", -status}).ThrowAsJavaScriptException();
    return false;
  }
  state_ = new State{env, handle, this, Napi::Persistent(callback), nullptr};
  uv_handle_set_data(state_->base(), state_);
  napi_add_async_cleanup_hook(env, on_environment_end, state_, &state_->hook);
  return true;
}

void PollHandle::start() {
  if (state_ != nullptr) uv_poll_start(state_->handle, kUvReadable, on_ready);
}

void PollHandle::stop() {
  if (state_ != nullptr) uv_poll_stop(state_->handle);
}

void PollHandle::unref() {
  if (state_ != nullptr) uv_unref(state_->base());
}

/// The reference goes at once: when libuv calls back, the environment may be no more.
void PollHandle::close() {
  if (state_ == nullptr) return;
  State* state = std::exchange(state_, nullptr);
  state->owner = nullptr;
  state->callback.Reset();
  uv_close(state->base(), on_closed);
}

void PollHandle::on_closed(uv_handle_s* handle) {
  auto* state = static_cast<State*>(uv_handle_get_data(handle));
  napi_remove_async_cleanup_hook(state->hook);
  std::free(state->handle);
  delete state;
}

/// Node runs the loop until the hook is removed.
void PollHandle::on_environment_end(napi_async_cleanup_hook_handle, void* data) {
  PollHandle* owner = static_cast<State*>(data)->owner;
  if (owner != nullptr) owner->close();
}

/// With C++ exceptions off a thrown value must not pass through Napi::Function::Call. And it must
/// not stay pending, or the next call into Node-API would fail by it: as from any callback of the
/// loop it becomes an uncaught exception.
void PollHandle::on_ready(uv_poll_s* handle, int status, int) {
  auto* state = static_cast<State*>(uv_handle_get_data(reinterpret_cast<uv_handle_s*>(handle)));
  const napi_env env = state->env;
  Napi::HandleScope scope(env);
  napi_value receiver;
  napi_get_global(env, &receiver);
  const napi_value argument = Napi::Number::New(env, status);
  napi_value ignored;
  // The callback may close the handle: `state` is not to be touched behind this line.
  const napi_status called =
      napi_make_callback(env, nullptr, receiver, state->callback.Value(), 1, &argument, &ignored);
  napi_value thrown;
  if (called == napi_pending_exception &&
      napi_get_and_clear_last_exception(env, &thrown) == napi_ok)
    napi_fatal_exception(env, thrown);
}

}  // namespace binding
