#include "binding/nft_events.h"

#include <cerrno>
#include <limits>

#include "binding/addon.h"
#include "binding/arguments.h"
#include "netlink/changes.h"

namespace binding {

namespace {

/// Elements that one call tells of; whoever hears of more has to look at all of them anyway.
constexpr size_t kMostElements = 256;

}  // namespace

Napi::Function NftEvents::define(Napi::Env env) {
  return DefineClass(
      env, "NftEvents",
      {InstanceMethod<&NftEvents::take>("take"), InstanceMethod<&NftEvents::hear>("hear"),
       InstanceMethod<&NftEvents::close>("close")});
}

NftEvents::NftEvents(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NftEvents>(info) {
  Arguments arguments(info);
  table_ = arguments.text(0);
  NftSocket* described = NftSocket::from(info[1]);
  arguments.expect(described != nullptr && described->socket() != nullptr);
  const auto buffer = arguments.whole<int32_t>(2, std::numeric_limits<int32_t>::max() / 2);
  arguments.expect(info[3].IsFunction());
  if (!arguments.ok("new NftEvents(table, open socket, receiveBuffer, callback)")) return;
  socket_ = Napi::Persistent(info[1].As<Napi::Object>());
  described_ = described;
  auto opened = sys::NftEvents::open(described->socket()->port(), buffer);
  if (!opened.ok()) {
    system_error(info.Env(), opened.failure()).ThrowAsJavaScriptException();
    return;
  }
  events_ = opened.take();
  if (!poll_.open(info.Env(), events_->descriptor(), info[3].As<Napi::Function>())) return;
  poll_.unref();
  poll_.start();
}

/// take(): what has changed since the last call, whether news of it were lost, and the elements
/// that were put in or taken out, if any.
Napi::Value NftEvents::take(const Napi::CallbackInfo& info) {
  if (!events_) {
    system_error(info.Env(), {"nfnetlink", EBADF}).ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  netlink::Changes changes;
  elements_.clear();
  const auto drained = events_->drain([&](auto datagram) {
    netlink::note_changes(datagram, table_, changes);
    note_elements(datagram);
  });
  if (!drained.ok()) {
    system_error(info.Env(), drained.failure()).ThrowAsJavaScriptException();
    return info.Env().Undefined();
  }
  // Whoever saw an error on the descriptor has stopped watching it.
  poll_.start();
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("toTable", changes.to_table);
  result.Set("ofNat", changes.of_nat);
  result.Set("isLost", !drained.value());
  if (elements_.count() > 0) result.Set("elements", elements_.to_js(info.Env()));
  return result;
}

void NftEvents::note_elements(std::span<const std::byte> datagram) {
  if (elements_.count() >= kMostElements) return;
  const netlink::ElementContext& context = described_->context();
  netlink::visit_changed_elements(datagram, context, table_, [&](auto attributes, size_t set) {
    elements_.take(attributes, context, set);
  });
}

/// hear(isWanted): whether to listen at all.
void NftEvents::hear(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const bool is_wanted = arguments.flag(0);
  if (!arguments.ok("hear(isWanted)") || !events_) return;
  const auto heard = events_->hear(is_wanted);
  if (!heard.ok()) system_error(info.Env(), heard.failure()).ThrowAsJavaScriptException();
}

void NftEvents::close(const Napi::CallbackInfo&) {
  poll_.close();
  events_.reset();
  socket_.Reset();
}

}  // namespace binding
