#include "binding/descriptors.h"

#include "binding/addon.h"
#include "binding/arguments.h"
#include "sys/file_lock.h"
#include "sys/inherited_descriptors.h"
#include "sys/peer_credentials.h"
#include "sys/stream_pairs.h"

namespace binding {
namespace {

Napi::Value handed_over(Napi::Env env, sys::Result<std::array<sys::FileDescriptor, 2>> pair) {
  if (!pair.ok()) {
    system_error(env, pair.failure()).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  Napi::Array ends = Napi::Array::New(env, 2);
  for (uint32_t at = 0; at < 2; at++) ends.Set(at, pair.value()[at].release());
  return ends;
}

}  // namespace

Napi::Value lock_file(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Arguments arguments(info);
  const int descriptor = arguments.whole<int>(0, INT32_MAX);
  if (!arguments.ok("lockFile: a descriptor")) return env.Undefined();
  const auto locked = sys::lock_file(descriptor);
  if (!locked.ok() && locked.failure().error != EWOULDBLOCK) {
    system_error(env, locked.failure()).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  return Napi::Boolean::New(env, locked.ok());
}

Napi::Value keep_descriptors(const Napi::CallbackInfo& info) {
  sys::keep_descriptors_to_ourselves();
  return info.Env().Undefined();
}

Napi::Value socket_pair(const Napi::CallbackInfo& info) {
  return handed_over(info.Env(), sys::socket_pair());
}

Napi::Value pipe(const Napi::CallbackInfo& info) {
  return handed_over(info.Env(), sys::make_pipe());
}

Napi::Value peer_credentials(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Arguments arguments(info);
  const int descriptor = arguments.whole<int>(0, INT32_MAX);
  if (!arguments.ok("peerCredentials: a descriptor")) return env.Undefined();
  const auto peer = sys::peer_credentials(descriptor);
  if (!peer.ok()) {
    system_error(env, peer.failure()).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  Napi::Object credentials = Napi::Object::New(env);
  credentials.Set("pid", peer.value().pid);
  credentials.Set("uid", peer.value().uid);
  credentials.Set("gid", peer.value().gid);
  return credentials;
}

}  // namespace binding
