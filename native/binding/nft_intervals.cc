#include <cerrno>
#include <cstring>

#include "binding/addon.h"
#include "binding/arguments.h"
#include "binding/nft_socket.h"
#include "binding/nft_transaction.h"
#include "netlink/intervals.h"
#include "sys/bounds.h"

namespace binding {

namespace {

constexpr size_t key_size_of(netlink::KeyKind key) {
  return key == netlink::KeyKind::kAddress6 ? 16 : 4;
}

netlink::KeyKind address_kind(Arguments& arguments, size_t at) {
  return static_cast<netlink::KeyKind>(arguments.whole<uint8_t>(at, uint8_t{1}));
}

/// (key, keys, isEnd, timeoutMs) from an argument on; the last may be empty.
netlink::Bounds bounds_from(Arguments& arguments, size_t at) {
  netlink::Bounds bounds;
  bounds.key_size = key_size_of(address_kind(arguments, at));
  bounds.keys = arguments.bytes(at + 1);
  bounds.is_end = arguments.bytes(at + 2);
  const auto times = arguments.bytes(at + 3);
  arguments.expect(bounds.keys.size() == bounds.count() * bounds.key_size);
  arguments.expect(times.empty() || times.size() == bounds.count() * sizeof(double));
  bounds.timeout_ms = {reinterpret_cast<const double*>(times.data()),
                       times.size() / sizeof(double)};
  return bounds;
}

template <typename T, typename Value>
Napi::TypedArrayOf<T> column(Napi::Env env, const std::vector<netlink::FoundBound>& bounds,
                             Value value) {
  auto array = Napi::TypedArrayOf<T>::New(env, bounds.size());
  for (size_t at = 0; at < bounds.size(); at++) array[at] = static_cast<T>(value(bounds[at]));
  return array;
}

}  // namespace

/// createIntervalSet(name, key, hasTimeouts, hasCounters)
void NftTransaction::create_interval_set(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string name = arguments.text(0);
  netlink::IntervalSetDraft set;
  set.name = name;
  set.key = address_kind(arguments, 1);
  set.has_timeouts = arguments.flag(2);
  set.has_counters = arguments.flag(3);
  if (!arguments.ok("createIntervalSet(name, key, hasTimeouts, hasCounters)")) return;
  netlink::create_interval_set(batch_, table_, set, ++set_count_);
}

/// addBounds(set, key, keys, isEnd, timeoutMs)
void NftTransaction::add_bounds(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string set = arguments.text(0);
  const netlink::Bounds bounds = bounds_from(arguments, 1);
  if (!arguments.ok("addBounds(set, key, keys, isEnd, timeoutMs)")) return;
  netlink::add_bounds(batch_, table_, set, bounds);
}

/// removeBounds(set, key, keys, isEnd, timeoutMs): the times are not looked at.
void NftTransaction::remove_bounds(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string set = arguments.text(0);
  const netlink::Bounds bounds = bounds_from(arguments, 1);
  if (!arguments.ok("removeBounds(set, key, keys, isEnd, timeoutMs)")) return;
  netlink::remove_bounds(batch_, table_, set, bounds);
}

/// emptySet(name)
void NftTransaction::empty_set(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string name = arguments.text(0);
  if (arguments.ok("emptySet(name)")) netlink::empty_set(batch_, table_, name);
}

void NftTransaction::delete_rules(const Napi::CallbackInfo&) {
  netlink::delete_rules(batch_, table_);
}

/// deleteChain(name)
void NftTransaction::delete_chain(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string name = arguments.text(0);
  if (arguments.ok("deleteChain(name)")) netlink::delete_chain(batch_, table_, name);
}

/// deleteSet(name)
void NftTransaction::delete_set(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::string name = arguments.text(0);
  if (arguments.ok("deleteSet(name)")) netlink::delete_set(batch_, table_, name);
}

/// readBounds(set, key): columns of all bounds of a set of ranges; undefined if there is none.
Napi::Value NftSocket::read_bounds(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Arguments arguments(info);
  const std::string set = arguments.text(0);
  const size_t key_size = key_size_of(address_kind(arguments, 1));
  if (!arguments.ok("readBounds(set, key)") || !check_open(env)) return env.Undefined();
  const auto read = sys::read_bounds(*socket_, context_.table, set, key_size);
  if (!read.ok()) {
    if (read.failure().error != ENOENT)
      system_error(env, read.failure()).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const auto& [keys, bounds] = read.value();
  auto bytes = Napi::Uint8Array::New(env, keys.size());
  if (!keys.empty()) std::memcpy(bytes.Data(), keys.data(), keys.size());
  Napi::Object found = Napi::Object::New(env);
  found.Set("keys", bytes);
  found.Set("isEnd", column<uint8_t>(env, bounds, [](auto& bound) { return bound.is_end; }));
  found.Set("leftMs", column<double>(env, bounds, [](auto& bound) { return bound.left_ms; }));
  found.Set("packets", column<double>(env, bounds, [](auto& bound) { return bound.packets; }));
  found.Set("bytes", column<double>(env, bounds, [](auto& bound) { return bound.bytes; }));
  return found;
}

}  // namespace binding
