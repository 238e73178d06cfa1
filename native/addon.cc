#include <napi.h>

#include "binding/layout.h"

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("layout", binding::layout(env));
  exports.Set("counters", binding::counters(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(postern, init)
