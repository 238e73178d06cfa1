#include "binding/addon.h"

#include <cstring>
#include <string>

namespace binding {

Napi::Error system_error(Napi::Env env, const sys::Failure& failure) {
  const char* name = ::strerrorname_np(failure.error);
  const std::string code = name == nullptr ? std::to_string(failure.error) : name;
  Napi::Error error =
      Napi::Error::New(env, code + ": " + std::strerror(failure.error) + ", " + failure.syscall);
  error.Set("code", Napi::String::New(env, code));
  error.Set("errno", Napi::Number::New(env, -failure.error));
  error.Set("syscall", Napi::String::New(env, failure.syscall));
  return error;
}

}  // namespace binding
