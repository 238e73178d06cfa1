#pragma once
#include <napi.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "binding/found_rows.h"
#include "binding/nft_socket.h"
#include "binding/poll_handle.h"
#include "sys/nft_events.h"

namespace binding {

/// `new NftEvents(table, socket, receiveBuffer, callback)`: calls back when others than the socket
/// have changed the ruleset; `take` says what. It keeps no process alive.
class NftEvents : public Napi::ObjectWrap<NftEvents> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit NftEvents(const Napi::CallbackInfo& info);

 private:
  Napi::Value take(const Napi::CallbackInfo& info);
  void hear(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  void note_elements(std::span<const std::byte> datagram);

  std::optional<sys::NftEvents> events_;
  std::string table_;
  Napi::ObjectReference socket_;  // for as long as what it describes is needed
  const NftSocket* described_ = nullptr;
  FoundRows elements_;
  PollHandle poll_;  // closed before the socket it watches
};

}  // namespace binding
