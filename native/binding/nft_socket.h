#pragma once
#include <napi.h>

#include <optional>
#include <span>
#include <string>

#include "netlink/elements.h"
#include "sys/nft_socket.h"

namespace binding {

/// `new NftSocket(table, bootId, maxTimeoutMs, rows, capacity)`: the persistent socket, and the
/// rows of elements that JavaScript fills. Its methods throw errors like Node's own.
class NftSocket : public Napi::ObjectWrap<NftSocket> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit NftSocket(const Napi::CallbackInfo& info);

  /// The native socket behind an object that JavaScript hands over, or null.
  static NftSocket* from(const Napi::Value& value);
  sys::NftSocket* socket() { return socket_ ? &*socket_ : nullptr; }
  const netlink::ElementContext& context() const { return context_; }

 private:
  void describe(const Napi::CallbackInfo& info);
  Napi::Value apply(const Napi::CallbackInfo& info);
  Napi::Value find(const Napi::CallbackInfo& info);
  Napi::Value encode(const Napi::CallbackInfo& info);
  Napi::Value read_set(const Napi::CallbackInfo& info);
  Napi::Value read_bounds(const Napi::CallbackInfo& info);
  Napi::Value set_form(const Napi::CallbackInfo& info);
  Napi::Value has_nat_chain(const Napi::CallbackInfo& info);
  Napi::Value other_chains(const Napi::CallbackInfo& info);
  Napi::Value generation(const Napi::CallbackInfo& info);
  Napi::Value table_state(const Napi::CallbackInfo& info);
  Napi::Value reason(const Napi::CallbackInfo& info);
  void close(const Napi::CallbackInfo& info);

  sys::Result<std::span<const sys::RefusedMessage>> send_singly(
      const netlink::ElementColumns& columns, size_t count);
  sys::Result<std::span<const sys::RefusedMessage>> send_densely(
      const netlink::ElementColumns& columns, size_t count);
  bool check_open(Napi::Env env);
  std::optional<netlink::ElementColumns> rows(Napi::Env env);

  std::optional<sys::NftSocket> socket_;
  netlink::ElementContext context_;
  netlink::Batch batch_;
  Napi::Reference<Napi::ArrayBuffer> rows_;
  size_t capacity_ = 0;
};

}  // namespace binding
