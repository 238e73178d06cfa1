#include "binding/filter.h"

#include <string>
#include <vector>

#include "binding/arguments.h"
#include "binding/intake_options.h"
#include "filter/bpf_program.h"
#include "filter/fanout_program.h"

namespace binding {
namespace {

Napi::Value words_of(Napi::Env env, const std::vector<sock_filter>& program) {
  Napi::Uint32Array words = Napi::Uint32Array::New(env, program.size() * 2);
  for (size_t at = 0; at < program.size(); at++) {
    const sock_filter& one = program[at];
    words[at * 2] = uint32_t{one.code} << 16 | uint32_t{one.jt} << 8 | one.jf;
    words[at * 2 + 1] = one.k;
  }
  return words;
}

}  // namespace

Napi::Value compile_filter(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  filter::Interest interest;
  if (!read_interest(env, info[0], interest)) return env.Undefined();
  const std::string family = info[1].IsString() ? info[1].As<Napi::String>().Utf8Value() : "";
  if (family != "ethernet" && family != "ip") {
    Napi::TypeError::New(env, "link family: 'ethernet' or 'ip'").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const auto program = filter::compile(
      interest, family == "ip" ? filter::LinkFamily::ip : filter::LinkFamily::ethernet,
      info[2].IsNumber() ? info[2].As<Napi::Number>().Uint32Value() : filter::kMaxInstructions);
  return words_of(env, program);
}

Napi::Value compile_fanout(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto workers = arguments.whole<uint32_t>(0, UINT16_MAX);
  const auto seed = arguments.whole<uint32_t>(1, UINT32_MAX);
  arguments.expect(workers > 0);
  if (!arguments.ok("compileFanout: workers from 1 on, and a seed")) return info.Env().Undefined();
  return words_of(info.Env(), filter::compile_fanout({workers, seed}));
}

}  // namespace binding
