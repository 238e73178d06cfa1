#include "binding/large_pages.h"

#include <cstdint>

#include "binding/arguments.h"
#include "sys/large_pages.h"

namespace binding {
namespace {

class Move : public Napi::AsyncWorker {
 public:
  Move(Napi::Object view, std::span<std::byte> memory)
      : Napi::AsyncWorker(view.Env(), "useLargePages"),
        view_(Napi::Persistent(view)),
        memory_(memory) {}

  void Execute() override { sys::use_large_pages(memory_); }

 private:
  Napi::ObjectReference view_;
  std::span<std::byte> memory_;
};

}  // namespace

Napi::Value until_large_page(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::span<std::byte> memory = arguments.bytes(0);
  if (!arguments.ok("untilLargePage: a typed array")) return info.Env().Undefined();
  const auto address = reinterpret_cast<uintptr_t>(memory.data());
  return Napi::Number::New(info.Env(), static_cast<double>(-address % sys::kLargePage));
}

Napi::Value use_large_pages(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const std::span<std::byte> memory = arguments.bytes(0);
  if (!arguments.ok("useLargePages: a typed array")) return info.Env().Undefined();
  (new Move(info[0].As<Napi::Object>(), memory))->Queue();  // it deletes itself when it is done
  return info.Env().Undefined();
}

}  // namespace binding
