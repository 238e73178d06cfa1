#include "binding/addon.h"

#include <cstring>
#include <string>

#include "binding/uv.h"

namespace binding {

namespace {

/// libuv has names for those errors alone that it meets itself; the C library knows more.
const char* name_of(int error) {
#if defined(__GLIBC__) && __GLIBC_PREREQ(2, 32)
  if (const char* name = ::strerrorname_np(error)) return name;
#endif
  return uv_err_name(-error);
}

}  // namespace

Napi::Error system_error(Napi::Env env, const sys::Failure& failure) {
  const std::string code = name_of(failure.error);
  Napi::Error error =
      Napi::Error::New(env, code + ": " + std::strerror(failure.error) + ", " + failure.syscall);
  error.Set("code", Napi::String::New(env, code));
  error.Set("errno", Napi::Number::New(env, -failure.error));
  error.Set("syscall", Napi::String::New(env, failure.syscall));
  return error;
}

}  // namespace binding
