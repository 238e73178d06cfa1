#include "binding/nft_set_reading.h"

#include <cerrno>

#include "binding/addon.h"
#include "binding/arguments.h"
#include "binding/nft_socket.h"

namespace binding {

Napi::Function NftSetReading::define(Napi::Env env) {
  return DefineClass(env, "NftSetReading",
                     {InstanceMethod<&NftSetReading::next>("next"),
                      InstanceMethod<&NftSetReading::close>("close")});
}

NftSetReading::NftSetReading(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NftSetReading>(info) {
  Arguments arguments(info);
  const NftSocket* described = NftSocket::from(info[0]);
  set_ = arguments.whole<uint32_t>(1, 255);
  arguments.expect(described != nullptr && set_ < described->context().sets.size());
  if (!arguments.ok("new NftSetReading(socket, index of a described set)")) return;
  context_ = described->context();
  is_over_ = false;
}

/// next(): the elements of the next datagram; undefined when there are no more, or no such set.
Napi::Value NftSetReading::next(const Napi::CallbackInfo& info) {
  if (is_over_ || dump_.is_done) return info.Env().Undefined();
  const auto read = read_on();
  if (read.ok()) return rows_.to_js(info.Env());
  end();
  if (read.failure().error != ENOENT)
    system_error(info.Env(), read.failure()).ThrowAsJavaScriptException();
  return info.Env().Undefined();
}

void NftSetReading::close(const Napi::CallbackInfo&) { end(); }

sys::Result<sys::Done> NftSetReading::read_on() {
  if (!socket_) {
    if (auto begun = begin(); !begun.ok()) return begun;
  }
  rows_.clear();
  return socket_->read_on(dump_, [&](auto attributes) { rows_.take(attributes, context_, set_); });
}

sys::Result<sys::Done> NftSetReading::begin() {
  auto opened = sys::NftSocket::open();
  if (!opened.ok()) return opened.failure();
  socket_ = opened.take();
  netlink::Buffer request;
  const uint32_t sequence = socket_->take_sequences(0);
  netlink::ask_for_elements(request, context_.sets[set_], sequence);
  const auto begun = socket_->begin_dump(request, sequence);
  if (!begun.ok()) return begun.failure();
  dump_ = begun.value();
  return sys::Done{};
}

void NftSetReading::end() {
  is_over_ = true;
  socket_.reset();
}

}  // namespace binding
