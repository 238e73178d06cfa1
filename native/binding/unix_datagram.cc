#include "binding/unix_datagram.h"

#include "binding/addon.h"
#include "binding/arguments.h"

namespace binding {

Napi::Function UnixDatagram::define(Napi::Env env) {
  return DefineClass(
      env, "UnixDatagram",
      {InstanceMethod<&UnixDatagram::send>("send"), InstanceMethod<&UnixDatagram::close>("close")});
}

UnixDatagram::UnixDatagram(const Napi::CallbackInfo& info) : Napi::ObjectWrap<UnixDatagram>(info) {
  Arguments arguments(info);
  const std::string path = arguments.text(0);
  if (!arguments.ok("UnixDatagram: a path")) return;
  auto connected = sys::UnixDatagram::connect(path);
  if (connected.ok())
    socket_.emplace(connected.take());
  else
    system_error(info.Env(), connected.failure()).ThrowAsJavaScriptException();
}

Napi::Value UnixDatagram::send(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::span<std::byte> message = arguments.bytes(0);
  if (!arguments.ok("send: a Uint8Array")) return info.Env().Undefined();
  if (!socket_) return Napi::Number::New(info.Env(), EBADF);
  const auto sent = socket_->send(message);
  return Napi::Number::New(info.Env(), sent.ok() ? 0 : sent.failure().error);
}

Napi::Value UnixDatagram::close(const Napi::CallbackInfo& info) {
  socket_.reset();
  return info.Env().Undefined();
}

}  // namespace binding
