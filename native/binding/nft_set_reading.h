#pragma once
#include <napi.h>

#include <optional>

#include "binding/found_rows.h"
#include "netlink/elements.h"
#include "sys/nft_socket.h"

namespace binding {

/// `new NftSetReading(socket, set)`: the elements of a set, as it was described there, piece by
/// piece through a socket of its own, which is open from the first piece to the last. Elements that
/// come, move or go meanwhile may be missing, or twice in it.
class NftSetReading : public Napi::ObjectWrap<NftSetReading> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit NftSetReading(const Napi::CallbackInfo& info);

 private:
  Napi::Value next(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  sys::Result<sys::Done> read_on();
  sys::Result<sys::Done> begin();
  void end();

  netlink::ElementContext context_;
  size_t set_ = 0;
  std::optional<sys::NftSocket> socket_;
  sys::Dump dump_{};
  FoundRows rows_;
  bool is_over_ = true;
};

}  // namespace binding
