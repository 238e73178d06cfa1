#include "binding/poll_handle.h"

#include <cstdlib>
#include <cstring>

#include "binding/addon.h"

namespace binding {

struct PollHandle::State {
  napi_env env;
  Napi::FunctionReference callback;
  Napi::AsyncContext context;
  uv_poll_s* handle;

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
  state_ =
      new State{env, Napi::Persistent(callback), Napi::AsyncContext(env, "postern:ring"), handle};
  uv_handle_set_data(state_->base(), state_);
  return true;
}

void PollHandle::start() {
  if (state_ != nullptr) uv_poll_start(state_->handle, kUvReadable, on_ready);
}

void PollHandle::stop() {
  if (state_ != nullptr) uv_poll_stop(state_->handle);
}

void PollHandle::close() {
  if (state_ == nullptr) return;
  State* state = std::exchange(state_, nullptr);
  uv_close(state->base(), [](uv_handle_s* handle) {
    auto* closing = static_cast<State*>(uv_handle_get_data(handle));
    std::free(closing->handle);
    delete closing;
  });
}

/// With C++ exceptions off a thrown value must not pass through Napi::Function::Call:
/// napi_make_callback leaves it to node, which reports it as uncaught.
void PollHandle::on_ready(uv_poll_s* handle, int status, int) {
  auto* state = static_cast<State*>(uv_handle_get_data(reinterpret_cast<uv_handle_s*>(handle)));
  Napi::HandleScope scope(state->env);
  napi_value receiver;
  napi_get_global(state->env, &receiver);
  const napi_value argument = Napi::Number::New(state->env, status);
  napi_value ignored;
  napi_make_callback(state->env, state->context, receiver, state->callback.Value(), 1, &argument,
                     &ignored);
}

}  // namespace binding
