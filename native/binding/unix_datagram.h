#pragma once
#include <napi.h>

#include <optional>

#include "sys/unix_datagram.h"

namespace binding {

/// JavaScript's `UnixDatagram`: `new UnixDatagram(path)` connects or throws a system error.
class UnixDatagram : public Napi::ObjectWrap<UnixDatagram> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit UnixDatagram(const Napi::CallbackInfo& info);

 private:
  /// Takes a Uint8Array; 0, or the errno that kept it from being sent.
  Napi::Value send(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  std::optional<sys::UnixDatagram> socket_;
};

}  // namespace binding
