#pragma once
#include <napi.h>

#include <optional>

#include "binding/poll_handle.h"
#include "sys/route_socket.h"

namespace binding {

/// JavaScript's `LinkWatch`: hears what changes about the links of this namespace.
///   new LinkWatch(hearsRoutes, onReadable)
/// It does not hold the event loop open.
class LinkWatch : public Napi::ObjectWrap<LinkWatch> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit LinkWatch(const Napi::CallbackInfo& info);

 private:
  /// Calls `onReadable` whenever there is news, until `unwatch`.
  Napi::Value watch(const Napi::CallbackInfo& info);
  Napi::Value unwatch(const Napi::CallbackInfo& info);
  /// What was told since the last call: `{links, addresses, routes}`, each true or false.
  Napi::Value take(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::optional<sys::RouteSocket> socket_;
  PollHandle poll_;
};

/// `links()`: `{index, name, kind, master, lower, isUp}` of every link.
Napi::Value links(const Napi::CallbackInfo& info);

}  // namespace binding
