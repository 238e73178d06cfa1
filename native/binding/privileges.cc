#include "binding/privileges.h"

#include "binding/addon.h"
#include "binding/arguments.h"
#include "sys/accounts.h"
#include "sys/program.h"

namespace binding {
namespace {

Napi::Value thrown(Napi::Env env, const sys::Failure& failure) {
  system_error(env, failure).ThrowAsJavaScriptException();
  return env.Undefined();
}

template <typename T, typename Convert>
std::vector<T> list_of(Arguments& arguments, Napi::Value value, Convert convert) {
  std::vector<T> list;
  if (!arguments.expect(value.IsArray())) return list;
  const auto array = value.As<Napi::Array>();
  for (uint32_t at = 0; at < array.Length(); at++) list.push_back(convert(array.Get(at)));
  return list;
}

}  // namespace

Napi::Value find_account(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Arguments arguments(info);
  const std::string name = arguments.text(0);
  if (!arguments.ok("findAccount: a name")) return env.Undefined();
  const auto found = sys::find_account(name);
  if (!found.ok()) return thrown(env, found.failure());
  if (!found.value()) return env.Undefined();
  Napi::Object account = Napi::Object::New(env);
  account.Set("user", found.value()->user);
  account.Set("group", found.value()->group);
  return account;
}

Napi::Value is_narrowed(const Napi::CallbackInfo& info) {
  const auto narrowed = sys::is_narrowed();
  if (!narrowed.ok()) return thrown(info.Env(), narrowed.failure());
  return Napi::Boolean::New(info.Env(), narrowed.value());
}

Napi::Value narrow(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Arguments arguments(info);
  std::optional<sys::Account> account;
  if (info.Length() > 0) {
    const auto user = arguments.whole<uid_t>(0, UINT32_MAX - 1);
    const auto group = arguments.whole<gid_t>(1, UINT32_MAX - 1);
    if (!arguments.ok("narrow: a user id and a group id")) return env.Undefined();
    account = {user, group};
  }
  const auto narrowed = sys::narrow(account);
  return narrowed.ok() ? env.Undefined() : thrown(env, narrowed.failure());
}

Napi::Value become_program(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Arguments arguments(info);
  const std::string path = arguments.text(0);
  const auto texts = list_of<std::string>(
      arguments, info[1], [](Napi::Value each) { return each.ToString().Utf8Value(); });
  const auto descriptors = list_of<int>(
      arguments, info[2], [](Napi::Value each) { return each.ToNumber().Int32Value(); });
  if (!arguments.ok("becomeProgram: a path, its arguments, descriptors")) return env.Undefined();
  return thrown(env, sys::become_program(path, texts, descriptors));
}

Napi::Value forbid_dumps(const Napi::CallbackInfo& info) {
  const auto forbidden = sys::forbid_dumps();
  return forbidden.ok() ? info.Env().Undefined() : thrown(info.Env(), forbidden.failure());
}

}  // namespace binding
