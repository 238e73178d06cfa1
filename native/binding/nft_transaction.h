#pragma once
#include <napi.h>

#include <optional>
#include <string>

#include "netlink/batch.h"
#include "netlink/statements.h"

namespace binding {

/// `new NftTransaction(socket)`: statements about the socket's table, written one after another and
/// committed as one. A rule is written between `openRule` and `closeRule`.
class NftTransaction : public Napi::ObjectWrap<NftTransaction> {
 public:
  static Napi::Function define(Napi::Env env);
  explicit NftTransaction(const Napi::CallbackInfo& info);

 private:
  void create_table(const Napi::CallbackInfo& info);
  void delete_table(const Napi::CallbackInfo& info);
  void create_set(const Napi::CallbackInfo& info);
  void create_chain(const Napi::CallbackInfo& info);
  void create_base_chain(const Napi::CallbackInfo& info);
  void add_constant(const Napi::CallbackInfo& info);
  void remove_constant(const Napi::CallbackInfo& info);
  void add_elements(const Napi::CallbackInfo& info);
  void create_interval_set(const Napi::CallbackInfo& info);
  void add_bounds(const Napi::CallbackInfo& info);
  void remove_bounds(const Napi::CallbackInfo& info);
  void empty_set(const Napi::CallbackInfo& info);
  void delete_rules(const Napi::CallbackInfo& info);
  void delete_chain(const Napi::CallbackInfo& info);
  void delete_set(const Napi::CallbackInfo& info);
  void open_rule(const Napi::CallbackInfo& info);
  void match_ports(const Napi::CallbackInfo& info);
  void match_port_set(const Napi::CallbackInfo& info);
  void match_not_new_tcp(const Napi::CallbackInfo& info);
  void match_loopback(const Napi::CallbackInfo& info);
  void match_other_interfaces(const Napi::CallbackInfo& info);
  void match_local_target(const Napi::CallbackInfo& info);
  void match_service(const Napi::CallbackInfo& info);
  void match_source(const Napi::CallbackInfo& info);
  void match_and_renew(const Napi::CallbackInfo& info);
  void match_target(const Napi::CallbackInfo& info);
  void send_on(const Napi::CallbackInfo& info);
  void count(const Napi::CallbackInfo& info);
  void mark(const Napi::CallbackInfo& info);
  void accept(const Napi::CallbackInfo& info);
  void drop(const Napi::CallbackInfo& info);
  void go_to(const Napi::CallbackInfo& info);
  void close_rule(const Napi::CallbackInfo& info);
  void commit(const Napi::CallbackInfo& info);

  /// The open rule's expressions; with none open an error is pending.
  std::optional<netlink::ExpressionWriter> rule(Napi::Env env);

  Napi::ObjectReference socket_;
  std::string table_;
  netlink::Batch batch_;
  std::optional<netlink::RuleWriter> rule_;
  uint32_t set_count_ = 0;
};

}  // namespace binding
