#pragma once
#include <napi.h>

#include <cstddef>
#include <span>
#include <string>

namespace binding {

/// Reads a call's arguments by position, and remembers whether any was of the wrong kind: a method
/// asks `ok` once, before it does anything.
class Arguments {
 public:
  explicit Arguments(const Napi::CallbackInfo& info) : info_(info) {}

  std::string text(size_t at) {
    return expect(info_[at].IsString()) ? info_[at].As<Napi::String>().Utf8Value() : std::string();
  }
  double number(size_t at) {
    return expect(info_[at].IsNumber()) ? info_[at].As<Napi::Number>().DoubleValue() : 0;
  }
  /// A whole number from 0 to `most`.
  template <typename T>
  T whole(size_t at, T most) {
    const double value = number(at);
    const bool fits = value >= 0 && value <= static_cast<double>(most) &&
                      value == static_cast<double>(static_cast<T>(value));
    return expect(fits) ? static_cast<T>(value) : T{0};
  }
  bool flag(size_t at) {
    return expect(info_[at].IsBoolean()) && info_[at].As<Napi::Boolean>().Value();
  }
  /// The bytes behind a view, which threads may share; they belong to JavaScript and hold during
  /// the call.
  std::span<std::byte> bytes(size_t at) {
    if (!expect(info_[at].IsTypedArray())) return {};
    void* memory = nullptr;
    napi_get_typedarray_info(info_.Env(), info_[at], nullptr, nullptr, &memory, nullptr, nullptr);
    if (memory == nullptr) return {};
    return {static_cast<std::byte*>(memory), info_[at].As<Napi::TypedArray>().ByteLength()};
  }
  /// The bytes of an ArrayBuffer, at least `least` of them.
  std::span<std::byte> memory(size_t at, size_t least) {
    if (!expect(info_[at].IsArrayBuffer())) return {};
    auto buffer = info_[at].As<Napi::ArrayBuffer>();
    expect(!buffer.IsDetached() && buffer.ByteLength() >= least);
    return {static_cast<std::byte*>(buffer.Data()), buffer.ByteLength()};
  }

  /// Whether all that was read fits; if not, a TypeError is pending.
  bool ok(const char* expected) {
    if (!is_wrong_) return true;
    Napi::TypeError::New(info_.Env(), expected).ThrowAsJavaScriptException();
    return false;
  }
  /// One more condition.
  bool expect(bool holds) {
    is_wrong_ = is_wrong_ || !holds;
    return holds;
  }

 private:
  const Napi::CallbackInfo& info_;
  bool is_wrong_ = false;
};

}  // namespace binding
