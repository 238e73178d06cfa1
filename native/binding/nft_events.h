#pragma once
#include <napi.h>

#include <optional>
#include <string>

#include "binding/poll_handle.h"
#include "sys/nft_events.h"

namespace binding {

/// `new NftEvents(table, ownPort, receiveBuffer, callback)`: calls back when others have changed
/// the ruleset; `take` says what. It keeps no process alive.
class NftEvents : public Napi::ObjectWrap<NftEvents> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit NftEvents(const Napi::CallbackInfo& info);

 private:
  Napi::Value take(const Napi::CallbackInfo& info);
  void hear(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  std::optional<sys::NftEvents> events_;
  std::string table_;
  PollHandle poll_;  // closed before the socket it watches
};

}  // namespace binding
