#include "binding/layout.h"

#include <type_traits>

#include "batch/counter_columns.h"
#include "batch/tuple_columns.h"

namespace binding {
namespace {

template <typename T>
constexpr const char* type_name() {
  if constexpr (std::is_same_v<T, double>) return "f64";
  if constexpr (std::is_same_v<T, uint32_t>) return "u32";
  if constexpr (std::is_same_v<T, uint16_t>) return "u16";
  if constexpr (std::is_same_v<T, uint8_t>) return "u8";
}

Napi::Object column(Napi::Env env, const char* name, const char* type) {
  Napi::Object entry = Napi::Object::New(env);
  entry.Set("name", name);
  entry.Set("type", type);
  return entry;
}

}  // namespace

Napi::Value layout(Napi::Env env) {
  Napi::Array columns = Napi::Array::New(env);
  uint32_t at = 0;
#define X(name, type, meaning) columns.Set(at++, column(env, #name, type_name<type>()));
  TUPLE_COLUMNS(X)
#undef X
  return columns;
}

Napi::Value counters(Napi::Env env) {
  Napi::Array names = Napi::Array::New(env);
  uint32_t at = 0;
#define X(name, meaning) names.Set(at++, Napi::String::New(env, #name));
  COUNTERS(X)
#undef X
  return names;
}

}  // namespace binding
