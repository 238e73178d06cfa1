#include "binding/nft_transaction.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <cerrno>
#include <limits>
#include <map>
#include <string>

#include "binding/addon.h"
#include "binding/arguments.h"
#include "binding/nft_socket.h"
#include "netlink/matches.h"

namespace binding {

namespace {

constexpr uint8_t kMostByte = std::numeric_limits<uint8_t>::max();
constexpr uint16_t kMostPort = std::numeric_limits<uint16_t>::max();
constexpr uint32_t kMostWord = std::numeric_limits<uint32_t>::max();

netlink::KeyKind key_kind(Arguments& arguments, size_t at) {
  return static_cast<netlink::KeyKind>(
      arguments.whole<uint8_t>(at, uint8_t{netlink::kKeyKinds - 1}));
}

const std::map<std::string, netlink::Hook, std::less<>> kPlaces{
    {"input", {"filter", NF_INET_LOCAL_IN, 0}},
    {"prerouting", {"filter", NF_INET_PRE_ROUTING, 0}},
    {"forward", {"filter", NF_INET_FORWARD, 0}},
    {"nat", {"nat", NF_INET_PRE_ROUTING, 0}},
};

}  // namespace

Napi::Function NftTransaction::define(Napi::Env env) {
  using Self = NftTransaction;
  return DefineClass(env, "NftTransaction",
                     {
                         InstanceMethod<&Self::create_table>("createTable"),
                         InstanceMethod<&Self::delete_table>("deleteTable"),
                         InstanceMethod<&Self::create_set>("createSet"),
                         InstanceMethod<&Self::create_chain>("createChain"),
                         InstanceMethod<&Self::create_base_chain>("createBaseChain"),
                         InstanceMethod<&Self::add_constant>("addConstant"),
                         InstanceMethod<&Self::remove_constant>("removeConstant"),
                         InstanceMethod<&Self::add_elements>("addElements"),
                         InstanceMethod<&Self::create_interval_set>("createIntervalSet"),
                         InstanceMethod<&Self::add_bounds>("addBounds"),
                         InstanceMethod<&Self::remove_bounds>("removeBounds"),
                         InstanceMethod<&Self::empty_set>("emptySet"),
                         InstanceMethod<&Self::delete_rules>("deleteRules"),
                         InstanceMethod<&Self::delete_chain>("deleteChain"),
                         InstanceMethod<&Self::delete_set>("deleteSet"),
                         InstanceMethod<&Self::open_rule>("openRule"),
                         InstanceMethod<&Self::match_ports>("matchPorts"),
                         InstanceMethod<&Self::match_port_set>("matchPortSet"),
                         InstanceMethod<&Self::match_not_new_tcp>("matchNotNewTcp"),
                         InstanceMethod<&Self::match_loopback>("matchLoopback"),
                         InstanceMethod<&Self::match_other_interfaces>("matchOtherInterfaces"),
                         InstanceMethod<&Self::match_local_target>("matchLocalTarget"),
                         InstanceMethod<&Self::match_service>("matchService"),
                         InstanceMethod<&Self::match_source>("matchSource"),
                         InstanceMethod<&Self::match_and_renew>("matchAndRenew"),
                         InstanceMethod<&Self::match_target>("matchTarget"),
                         InstanceMethod<&Self::send_on>("sendOn"),
                         InstanceMethod<&Self::count>("count"),
                         InstanceMethod<&Self::mark>("mark"),
                         InstanceMethod<&Self::accept>("accept"),
                         InstanceMethod<&Self::drop>("drop"),
                         InstanceMethod<&Self::go_to>("goto"),
                         InstanceMethod<&Self::close_rule>("closeRule"),
                         InstanceMethod<&Self::commit>("commit"),
                     });
}

NftTransaction::NftTransaction(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<NftTransaction>(info) {
  NftSocket* owner = NftSocket::from(info[0]);
  Arguments arguments(info);
  arguments.expect(owner != nullptr && owner->socket() != nullptr);
  if (!arguments.ok("new NftTransaction(socket): an open NftSocket")) return;
  socket_ = Napi::Persistent(info[0].As<Napi::Object>());
  table_ = owner->context().table;
  batch_.begin(owner->socket()->take_sequences(0));
}

/// createTable(flags)
void NftTransaction::create_table(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto flags = arguments.whole<uint32_t>(0, kMostByte);
  if (arguments.ok("createTable(flags)")) netlink::create_table(batch_, table_, flags);
}

void NftTransaction::delete_table(const Napi::CallbackInfo&) {
  netlink::delete_table(batch_, table_);
}

/// createSet(name, key, isInterval, size, timeoutMs, collectIntervalMs, isDynamic)
void NftTransaction::create_set(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string name = arguments.text(0);
  netlink::SetDraft set;
  set.name = name;
  set.key = key_kind(arguments, 1);
  set.is_interval = arguments.flag(2);
  set.size = arguments.whole<uint32_t>(3, kMostWord);
  set.timeout_ms = arguments.whole<uint32_t>(4, kMostWord);
  set.collect_interval_ms = arguments.whole<uint32_t>(5, kMostWord);
  set.is_dynamic = arguments.flag(6);
  if (!arguments.ok(
          "createSet(name, key, isInterval, size, timeoutMs, collectIntervalMs, isDynamic)"))
    return;
  netlink::create_set(batch_, table_, set, ++set_count_);
}

/// createChain(name)
void NftTransaction::create_chain(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string name = arguments.text(0);
  if (arguments.ok("createChain(name)")) {
    netlink::create_chain(batch_, table_, name, std::nullopt);
  }
}

/// createBaseChain(name, place, priority): place is input, prerouting, forward, or nat
void NftTransaction::create_base_chain(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string name = arguments.text(0);
  const std::string place = arguments.text(1);
  const bool is_known = kPlaces.contains(place);
  arguments.expect(is_known);
  netlink::Hook hook = is_known ? kPlaces.at(place) : netlink::Hook{};
  hook.priority = static_cast<int32_t>(arguments.number(2));
  if (arguments.ok("createBaseChain(name, place, priority)")) {
    netlink::create_chain(batch_, table_, name, hook);
  }
}

/// addConstant(set, key, isIntervalEnd)
void NftTransaction::add_constant(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string set = arguments.text(0);
  const auto key = arguments.bytes(1);
  const bool is_end = arguments.flag(2);
  arguments.expect(!key.empty() && key.size() <= 16);
  if (arguments.ok("addConstant(set, key of 1 to 16 bytes, isIntervalEnd)")) {
    netlink::add_constant(batch_, table_, set, key, is_end);
  }
}

/// removeConstant(set, key)
void NftTransaction::remove_constant(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string set = arguments.text(0);
  const auto key = arguments.bytes(1);
  arguments.expect(!key.empty() && key.size() <= 16);
  if (arguments.ok("removeConstant(set, key of 1 to 16 bytes)")) {
    netlink::remove_constant(batch_, table_, set, key);
  }
}

/// addElements(memory, capacity, count): rows of elements that are known to be right.
void NftTransaction::add_elements(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const size_t capacity = arguments.whole<uint32_t>(1, kMostWord);
  const auto memory = arguments.memory(0, netlink::ElementColumns::bytes_for(capacity));
  const size_t count = arguments.whole<uint32_t>(2, static_cast<uint32_t>(capacity));
  NftSocket* owner = NftSocket::from(socket_.Value());
  arguments.expect(owner != nullptr);
  if (!arguments.ok("addElements(memory, capacity, count)")) return;
  const auto rows = netlink::ElementColumns::over(memory.data(), capacity);
  netlink::check_elements(owner->context(), rows, count);
  netlink::encode_elements_densely(batch_, owner->context(), rows, count);
}

/// openRule(chain)
void NftTransaction::open_rule(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string chain = arguments.text(0);
  arguments.expect(!rule_.has_value());
  if (arguments.ok("openRule(chain): after the last one is closed")) {
    rule_.emplace(batch_, table_, chain);
  }
}

/// matchPorts(protocol, from, to)
void NftTransaction::match_ports(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto protocol = arguments.whole<uint8_t>(0, kMostByte);
  const auto from = arguments.whole<uint16_t>(1, kMostPort);
  const auto to = arguments.whole<uint16_t>(2, kMostPort);
  if (!arguments.ok("matchPorts(protocol, from, to)")) return;
  if (auto writer = rule(info.Env())) netlink::match_ports(*writer, protocol, from, to);
}

/// matchPortSet(protocol, set)
void NftTransaction::match_port_set(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto protocol = arguments.whole<uint8_t>(0, kMostByte);
  const std::string set = arguments.text(1);
  if (!arguments.ok("matchPortSet(protocol, set)")) return;
  if (auto writer = rule(info.Env())) netlink::match_port_set(*writer, protocol, set);
}

void NftTransaction::match_not_new_tcp(const Napi::CallbackInfo& info) {
  if (auto writer = rule(info.Env())) netlink::match_not_new_tcp(*writer);
}

void NftTransaction::match_loopback(const Napi::CallbackInfo& info) {
  if (auto writer = rule(info.Env())) netlink::match_loopback(*writer);
}

/// matchOtherInterfaces(set)
void NftTransaction::match_other_interfaces(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string set = arguments.text(0);
  if (!arguments.ok("matchOtherInterfaces(set)")) return;
  if (auto writer = rule(info.Env())) netlink::match_other_interfaces(*writer, set);
}

void NftTransaction::match_local_target(const Napi::CallbackInfo& info) {
  if (auto writer = rule(info.Env())) netlink::match_local_target(*writer);
}

/// matchService(set, isNot)
void NftTransaction::match_service(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string set = arguments.text(0);
  const bool is_not = arguments.flag(1);
  if (!arguments.ok("matchService(set, isNot)")) return;
  if (auto writer = rule(info.Env())) netlink::match_service(*writer, set, is_not);
}

/// matchSource(set, key, prefix)
void NftTransaction::match_source(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string set = arguments.text(0);
  const netlink::KeyKind key = key_kind(arguments, 1);
  const auto prefix = arguments.whole<uint8_t>(2, uint8_t{128});
  if (!arguments.ok("matchSource(set, key, prefix)")) return;
  if (auto writer = rule(info.Env())) netlink::match_source(*writer, set, key, prefix);
}

/// matchAndRenew(set): behind matchSource
void NftTransaction::match_and_renew(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string set = arguments.text(0);
  if (!arguments.ok("matchAndRenew(set)")) return;
  if (auto writer = rule(info.Env())) netlink::match_and_renew(*writer, set);
}

/// matchTarget(address)
void NftTransaction::match_target(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto address = arguments.bytes(0);
  arguments.expect(address.size() == 4 || address.size() == 16);
  if (!arguments.ok("matchTarget(address of 4 or 16 bytes)")) return;
  if (auto writer = rule(info.Env())) netlink::match_target(*writer, address);
}

/// sendOn(address, port)
void NftTransaction::send_on(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto address = arguments.bytes(0);
  const auto port = arguments.whole<uint16_t>(1, kMostPort);
  arguments.expect(address.size() == 4 || address.size() == 16);
  if (!arguments.ok("sendOn(address of 4 or 16 bytes, port)")) return;
  if (auto writer = rule(info.Env())) netlink::send_on(*writer, address, port);
}

void NftTransaction::count(const Napi::CallbackInfo& info) {
  if (auto writer = rule(info.Env())) writer->count();
}

/// mark(bits)
void NftTransaction::mark(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const uint32_t bits = arguments.whole<uint32_t>(0, kMostWord);
  if (!arguments.ok("mark(bits)")) return;
  if (auto writer = rule(info.Env())) writer->mark_packet(bits);
}

void NftTransaction::accept(const Napi::CallbackInfo& info) {
  if (auto writer = rule(info.Env())) writer->verdict(NF_ACCEPT);
}

void NftTransaction::drop(const Napi::CallbackInfo& info) {
  if (auto writer = rule(info.Env())) writer->verdict(NF_DROP);
}

/// goto(chain)
void NftTransaction::go_to(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string chain = arguments.text(0);
  if (!arguments.ok("goto(chain)")) return;
  if (auto writer = rule(info.Env())) writer->verdict(NFT_GOTO, chain);
}

/// closeRule(comment)
void NftTransaction::close_rule(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string comment = arguments.text(0);
  arguments.expect(rule_.has_value());
  if (!arguments.ok("closeRule(comment): of an open rule")) return;
  rule_->close(comment);
  rule_.reset();
}

/// Throws the first refusal; then nothing was done.
void NftTransaction::commit(const Napi::CallbackInfo& info) {
  NftSocket* owner = NftSocket::from(socket_.Value());
  sys::NftSocket* socket = owner == nullptr ? nullptr : owner->socket();
  if (socket == nullptr) {
    return system_error(info.Env(), {"nfnetlink", EBADF}).ThrowAsJavaScriptException();
  }
  // Numbers that the messages have taken must not be given out again.
  socket->take_sequences(batch_.message_count());
  batch_.end();
  const auto committed = socket->commit(batch_);
  const bool is_done = committed.ok() && committed.value().empty();
  if (is_done) return;
  const sys::Failure failure = committed.ok()
                                   ? sys::Failure{"nfnetlink", committed.value().front().error}
                                   : committed.failure();
  Napi::Error error = system_error(info.Env(), failure);
  if (committed.ok()) {
    error.Set("statement", static_cast<double>(committed.value().front().sequence -
                                               batch_.first_sequence() - 1));
    error.Set("reason", socket->reason());
  }
  error.ThrowAsJavaScriptException();
}

std::optional<netlink::ExpressionWriter> NftTransaction::rule(Napi::Env env) {
  if (rule_) return rule_->expressions();
  Napi::TypeError::New(env, "no rule is open").ThrowAsJavaScriptException();
  return std::nullopt;
}

}  // namespace binding
