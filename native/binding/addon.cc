#include "binding/addon.h"

#include <cstring>
#include <string>

#include "binding/uv.h"

namespace binding {

Napi::Error system_error(Napi::Env env, const sys::Failure& failure) {
  const std::string code = uv_err_name(-failure.error);
  Napi::Error error =
      Napi::Error::New(env, code + ": " + std::strerror(failure.error) + ", " + failure.syscall);
  error.Set("code", Napi::String::New(env, code));
  error.Set("errno", Napi::Number::New(env, -failure.error));
  error.Set("syscall", Napi::String::New(env, failure.syscall));
  return error;
}

}  // namespace binding
