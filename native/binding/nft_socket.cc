#include "binding/nft_socket.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "binding/addon.h"
#include "binding/arguments.h"
#include "binding/found_rows.h"
#include "sys/ruleset.h"

namespace binding {

namespace {

// Tells our objects from others that a caller might hand to `from`.
constexpr napi_type_tag kTypeTag{0x706f737465726e00, 0x6e66745f736f636b};

template <typename T>
constexpr const char* type_name() {
  if constexpr (sizeof(T) == 8) return "f64";
  if constexpr (sizeof(T) == 4) return "u32";
  if constexpr (sizeof(T) == 2) return "u16";
  return "u8";
}

Napi::Value element_layout(const Napi::CallbackInfo& info) {
  Napi::Array layout = Napi::Array::New(info.Env());
  const auto add = [&](const char* name, const char* type) {
    Napi::Object column = Napi::Object::New(info.Env());
    column.Set("name", name);
    column.Set("type", type);
    layout.Set(layout.Length(), column);
  };
#define X(name, type, text) add(#name, type_name<type>());
  ELEMENT_COLUMNS(X)
#undef X
  return layout;
}

void fail(Napi::Env env, const sys::Failure& failure) {
  system_error(env, failure).ThrowAsJavaScriptException();
}

Napi::Array to_array(Napi::Env env, const netlink::StateLines& lines) {
  Napi::Array array = Napi::Array::New(env, lines.size());
  for (uint32_t at = 0; at < lines.size(); at++) array.Set(at, lines[at]);
  return array;
}

uint16_t error_for(sys::ElementOwner owner) {
  switch (owner) {
    case sys::ElementOwner::kNobody:
      return ENOENT;
    case sys::ElementOwner::kOther:
      return EEXIST;
    case sys::ElementOwner::kOurs:
      return 0;
  }
  return 0;
}

struct TableName {
  uint8_t family = NFPROTO_UNSPEC;
  std::string name;
};

/// Takes `inet filter` apart; no family where it is none of ours.
TableName table_name(const std::string& text) {
  const size_t space = text.find(' ');
  if (space == std::string::npos) return {};
  const std::string family = text.substr(0, space);
  const std::string name = text.substr(space + 1);
  if (family == "inet") return {NFPROTO_INET, name};
  if (family == "ip") return {NFPROTO_IPV4, name};
  if (family == "ip6") return {NFPROTO_IPV6, name};
  return {};
}

}  // namespace

Napi::Function NftSocket::define(Napi::Env env) {
  return DefineClass(env, "NftSocket",
                     {
                         StaticAccessor<&element_layout>("elementLayout"),
                         InstanceMethod<&NftSocket::describe>("describe"),
                         InstanceMethod<&NftSocket::apply>("apply"),
                         InstanceMethod<&NftSocket::encode>("encode"),
                         InstanceMethod<&NftSocket::find>("find"),
                         InstanceMethod<&NftSocket::read_set>("readSet"),
                         InstanceMethod<&NftSocket::read_bounds>("readBounds"),
                         InstanceMethod<&NftSocket::set_form>("setForm"),
                         InstanceMethod<&NftSocket::has_nat_chain>("hasNatChain"),
                         InstanceMethod<&NftSocket::other_chains>("otherChains"),
                         InstanceMethod<&NftSocket::generation>("generation"),
                         InstanceMethod<&NftSocket::table_state>("tableState"),
                         InstanceMethod<&NftSocket::reason>("reason"),
                         InstanceMethod<&NftSocket::close>("close"),
                     });
}

NftSocket::NftSocket(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NftSocket>(info) {
  Arguments arguments(info);
  context_.table = arguments.text(0);
  const auto boot = arguments.bytes(1);
  arguments.expect(boot.size() == context_.boot.size());
  context_.max_timeout_ms = arguments.number(2);
  capacity_ = arguments.whole<uint32_t>(4, std::numeric_limits<uint32_t>::max());
  arguments.memory(3, netlink::ElementColumns::bytes_for(capacity_));
  if (!arguments.ok("new NftSocket(table, bootId of 16 bytes, maxTimeoutMs, rows, capacity)")) {
    return;
  }
  std::copy(boot.begin(), boot.end(), context_.boot.begin());
  rows_ = Napi::Persistent(info[3].As<Napi::ArrayBuffer>());
  auto opened = sys::NftSocket::open();
  if (!opened.ok()) {
    fail(info.Env(), opened.failure());
    return;
  }
  socket_ = opened.take();
  info.This().As<Napi::Object>().TypeTag(&kTypeTag);
}

NftSocket* NftSocket::from(const Napi::Value& value) {
  if (!value.IsObject() || !value.As<Napi::Object>().CheckTypeTag(&kTypeTag)) return nullptr;
  return Unwrap(value.As<Napi::Object>());
}

/// describe(setNames, setKeys, doorComments, doorHashes, setTables): what the indices in rows mean.
/// Tables are written as in `inet filter`.
void NftSocket::describe(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto keys = arguments.bytes(1);
  const auto hashes = arguments.bytes(3);
  if (!arguments.expect(info[0].IsArray() && info[2].IsArray() && info[4].IsArray()) ||
      !arguments.ok("describe(string[], Uint8Array, string[], Uint32Array, string[])")) {
    return;
  }
  const auto names = info[0].As<Napi::Array>();
  const auto comments = info[2].As<Napi::Array>();
  const auto tables = info[4].As<Napi::Array>();
  arguments.expect(names.Length() == keys.size() && names.Length() == tables.Length() &&
                   names.Length() <= 256 && comments.Length() * sizeof(uint32_t) == hashes.size() &&
                   std::all_of(keys.begin(), keys.end(), [](std::byte key) {
                     return static_cast<uint8_t>(key) < netlink::kKeyKinds;
                   }));
  if (!arguments.ok("describe: one key for each set, one hash for each door")) return;

  std::vector<TableName> places;
  for (uint32_t at = 0; at < tables.Length(); at++) {
    const Napi::Value table = tables[at];
    places.push_back(table_name(table.ToString().Utf8Value()));
    arguments.expect(places.back().family != NFPROTO_UNSPEC);
  }
  if (!arguments.ok("describe: tables of the families inet, ip or ip6")) return;

  context_.sets.clear();
  for (uint32_t at = 0; at < names.Length(); at++) {
    const Napi::Value name = names[at];
    context_.sets.push_back({name.ToString().Utf8Value(), static_cast<netlink::KeyKind>(keys[at]),
                             places[at].name, places[at].family});
  }
  context_.doors.clear();
  for (uint32_t at = 0; at < comments.Length(); at++) {
    const Napi::Value comment = comments[at];
    netlink::DoorLabel label{comment.ToString().Utf8Value(), 0};
    std::memcpy(&label.hash, hashes.data() + at * sizeof label.hash, sizeof label.hash);
    context_.doors.push_back(std::move(label));
  }
}

/// apply(count): sends the first rows as one transaction. Returns how many were refused, each with
/// its errno in the column `error`; then nothing was done for the others either. Throws where the
/// refusal is not about a row.
Napi::Value NftSocket::apply(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const size_t count = arguments.whole<uint32_t>(0, static_cast<uint32_t>(capacity_));
  if (!arguments.ok("apply(count): at most as many as there are rows")) {
    return info.Env().Undefined();
  }
  const auto columns = rows(info.Env());
  if (!columns || !check_open(info.Env())) return info.Env().Undefined();

  size_t refused = netlink::check_elements(context_, *columns, count);
  if (refused > 0 || count == 0) return Napi::Number::New(info.Env(), static_cast<double>(refused));
  auto committed = count > 1 ? send_densely(*columns, count) : send_singly(*columns, count);
  // A message of many elements says no more than that one of them was refused; the kernel has done
  // nothing, so the same is sent again in a form that names the row.
  const bool is_refused = committed.ok() && !committed.value().empty();
  if (is_refused && count > 1) committed = send_singly(*columns, count);
  if (!committed.ok()) {
    fail(info.Env(), committed.failure());
    return info.Env().Undefined();
  }
  for (const auto& [sequence, error] : committed.value()) {
    const size_t row = sequence - batch_.first_sequence() - 1;
    if (row >= count || columns->error[row] != 0) continue;
    columns->error[row] = static_cast<uint16_t>(error);
    refused++;
  }
  return Napi::Number::New(info.Env(), static_cast<double>(refused));
}

/// find(count): looks each of the first rows up by its key; how many are not there. The column
/// `error` says ENOENT of those, and EEXIST where the element is not ours.
Napi::Value NftSocket::find(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const size_t count = arguments.whole<uint32_t>(0, static_cast<uint32_t>(capacity_));
  if (!arguments.ok("find(count): at most as many as there are rows")) {
    return info.Env().Undefined();
  }
  const auto columns = rows(info.Env());
  if (!columns || !check_open(info.Env())) return info.Env().Undefined();
  uint32_t absent = 0;
  for (size_t row = 0; row < count; row++) {
    const auto found = columns->set[row] < context_.sets.size()
                           ? sys::owner_of(*socket_, context_, *columns, row)
                           : sys::Failure{"nfnetlink", EINVAL};
    if (!found.ok()) {
      fail(info.Env(), found.failure());
      return info.Env().Undefined();
    }
    columns->error[row] = error_for(found.value());
    absent += found.value() == sys::ElementOwner::kNobody ? 1 : 0;
  }
  return Napi::Number::New(info.Env(), absent);
}

/// encode(count): the bytes that `apply` would send, for tests; refusals stand in the column
/// `error`.
Napi::Value NftSocket::encode(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const size_t count = arguments.whole<uint32_t>(0, static_cast<uint32_t>(capacity_));
  if (!arguments.ok("encode(count)")) return info.Env().Undefined();
  const auto columns = rows(info.Env());
  if (!columns) return info.Env().Undefined();
  batch_.begin(0);
  netlink::check_elements(context_, *columns, count);
  netlink::encode_elements(batch_, context_, *columns, count);
  batch_.end();
  const auto* bytes = reinterpret_cast<const uint8_t*>(batch_.bytes().data());
  return Napi::Buffer<uint8_t>::Copy(info.Env(), bytes, batch_.bytes().size());
}

/// readSet(set): all elements of a set, or undefined if there is no such set.
Napi::Value NftSocket::read_set(const Napi::CallbackInfo& info) {
  constexpr int kTries = 20;
  Arguments arguments(info);
  const auto set = arguments.whole<uint32_t>(0, 255);
  arguments.expect(set < context_.sets.size());
  if (!arguments.ok("readSet(set): the index of a described set")) return info.Env().Undefined();
  if (!check_open(info.Env())) return info.Env().Undefined();

  FoundRows rows;
  netlink::Buffer request;
  sys::Failure failure{"nfnetlink", EINTR};
  // A change of the ruleset in the midst of a dump may have moved elements behind the reader's
  // back, so it is asked for again. What is still torn then proves nothing, so that is a failure.
  for (int tries = 0; tries < kTries && failure.error == EINTR; tries++) {
    rows.clear();
    const uint32_t sequence = socket_->take_sequences(0);
    netlink::ask_for_elements(request, context_.sets[set], sequence);
    const auto dumped = socket_->dump(
        request, sequence, [&](auto attributes) { rows.take(attributes, context_, set); });
    if (dumped.ok()) return rows.to_js(info.Env());
    failure = dumped.failure();
  }
  if (failure.error != ENOENT) fail(info.Env(), failure);
  return info.Env().Undefined();
}

/// setForm(set): a line on a set; undefined if there is none.
Napi::Value NftSocket::set_form(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto set = arguments.whole<uint32_t>(0, 255);
  arguments.expect(set < context_.sets.size());
  if (!arguments.ok("setForm(set): the index of a described set")) return info.Env().Undefined();
  if (!check_open(info.Env())) return info.Env().Undefined();
  const auto& described = context_.sets[set];
  const auto line = sys::set_form(*socket_, described.family, described.table, described.name);
  if (!line.ok()) fail(info.Env(), line.failure());
  if (!line.ok() || line.value().empty()) return info.Env().Undefined();
  return Napi::String::New(info.Env(), line.value());
}

/// hasNatChain(): whether any other table of any family translates addresses.
Napi::Value NftSocket::has_nat_chain(const Napi::CallbackInfo& info) {
  if (!check_open(info.Env())) return info.Env().Undefined();
  const auto has_nat = sys::has_nat_chain(*socket_, context_.table);
  if (has_nat.ok()) return Napi::Boolean::New(info.Env(), has_nat.value());
  fail(info.Env(), has_nat.failure());
  return info.Env().Undefined();
}

/// otherChains(): lines on other people's chains that decide whether a packet comes through.
Napi::Value NftSocket::other_chains(const Napi::CallbackInfo& info) {
  if (!check_open(info.Env())) return info.Env().Undefined();
  const auto lines = sys::other_chains(*socket_, context_.table);
  if (lines.ok()) return to_array(info.Env(), lines.value());
  fail(info.Env(), lines.failure());
  return info.Env().Undefined();
}

Napi::Value NftSocket::generation(const Napi::CallbackInfo& info) {
  if (!check_open(info.Env())) return info.Env().Undefined();
  const auto generation = socket_->generation();
  if (!generation.ok()) {
    fail(info.Env(), generation.failure());
    return info.Env().Undefined();
  }
  return Napi::Number::New(info.Env(), generation.value());
}

/// tableState(sets): lines on all objects of the table, and on the elements of these sets;
/// undefined if there is no table.
Napi::Value NftSocket::table_state(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  if (!arguments.expect(info[0].IsArray()) || !arguments.ok("tableState(string[])") ||
      !check_open(info.Env())) {
    return info.Env().Undefined();
  }
  std::vector<std::string> sets;
  const auto names = info[0].As<Napi::Array>();
  for (uint32_t at = 0; at < names.Length(); at++) {
    const Napi::Value name = names[at];
    sets.push_back(name.ToString().Utf8Value());
  }
  const auto lines = sys::table_state(*socket_, context_.table, sets);
  if (lines.ok()) return to_array(info.Env(), lines.value());
  if (lines.failure().error != ENOENT) fail(info.Env(), lines.failure());
  return info.Env().Undefined();
}

Napi::Value NftSocket::reason(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), socket_ ? socket_->reason() : std::string());
}

void NftSocket::close(const Napi::CallbackInfo&) {
  socket_.reset();
  rows_.Reset();
}

sys::Result<std::span<const sys::RefusedMessage>> NftSocket::send_singly(
    const netlink::ElementColumns& columns, size_t count) {
  batch_.begin(socket_->take_sequences(count + 1));
  netlink::encode_elements(batch_, context_, columns, count);
  batch_.end();
  return socket_->commit(batch_);
}

sys::Result<std::span<const sys::RefusedMessage>> NftSocket::send_densely(
    const netlink::ElementColumns& columns, size_t count) {
  batch_.begin(socket_->take_sequences(3 * count + 1));
  netlink::encode_elements_densely(batch_, context_, columns, count);
  batch_.end();
  return socket_->commit(batch_);
}

bool NftSocket::check_open(Napi::Env env) {
  if (!socket_) fail(env, {"nfnetlink", EBADF});
  return socket_.has_value();
}

std::optional<netlink::ElementColumns> NftSocket::rows(Napi::Env env) {
  const bool is_there = !rows_.IsEmpty() && !rows_.Value().IsDetached();
  if (!is_there) {
    fail(env, {"nfnetlink", EBADF});
    return std::nullopt;
  }
  return netlink::ElementColumns::over(static_cast<std::byte*>(rows_.Value().Data()), capacity_);
}

}  // namespace binding
