#include "binding/link_watch.h"

#include <string>

#include "binding/addon.h"
#include "binding/arguments.h"

namespace binding {

Napi::Function LinkWatch::define(Napi::Env env) {
  return DefineClass(
      env, "LinkWatch",
      {InstanceMethod<&LinkWatch::watch>("watch"), InstanceMethod<&LinkWatch::unwatch>("unwatch"),
       InstanceMethod<&LinkWatch::take>("take"), InstanceMethod<&LinkWatch::close>("close")});
}

LinkWatch::LinkWatch(const Napi::CallbackInfo& info) : Napi::ObjectWrap<LinkWatch>(info) {
  Napi::Env env = info.Env();
  Arguments arguments(info);
  const bool hears_routes = arguments.flag(0);
  arguments.expect(info[1].IsFunction());
  if (!arguments.ok("LinkWatch: whether to hear of routes, and a function")) return;
  auto opened = sys::RouteSocket::open(hears_routes);
  if (!opened.ok()) {
    system_error(env, opened.failure()).ThrowAsJavaScriptException();
    return;
  }
  if (!poll_.open(env, opened.value().descriptor(), info[1].As<Napi::Function>())) return;
  poll_.unref();
  socket_.emplace(opened.take());
}

Napi::Value LinkWatch::watch(const Napi::CallbackInfo& info) {
  poll_.start();
  return info.Env().Undefined();
}

Napi::Value LinkWatch::unwatch(const Napi::CallbackInfo& info) {
  poll_.stop();
  return info.Env().Undefined();
}

Napi::Value LinkWatch::take(const Napi::CallbackInfo& info) {
  const netlink::LinkNews news = socket_ ? socket_->take_news() : netlink::LinkNews{};
  Napi::Object told = Napi::Object::New(info.Env());
  told.Set("links", news.links);
  told.Set("addresses", news.addresses);
  told.Set("routes", news.routes);
  return told;
}

Napi::Value LinkWatch::close(const Napi::CallbackInfo& info) {
  poll_.close();
  socket_.reset();
  return info.Env().Undefined();
}

Napi::Value links(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array list = Napi::Array::New(env);
  const auto visited = sys::visit_links([&](const netlink::Link& link) {
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("index", link.index);
    entry.Set("name", std::string(link.name));
    entry.Set("kind", std::string(link.kind));
    entry.Set("master", link.master);
    entry.Set("lower", link.lower);
    entry.Set("isUp", link.is_up);
    list.Set(list.Length(), entry);
  });
  if (visited.ok()) return list;
  system_error(env, visited.failure()).ThrowAsJavaScriptException();
  return env.Undefined();
}

}  // namespace binding
