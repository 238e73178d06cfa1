#include "binding/capture.h"

#include <utility>

#include "binding/addon.h"

namespace binding {

Napi::Function Capture::define(Napi::Env env) {
  return DefineClass(
      env, "Capture",
      {InstanceMethod<&Capture::drain>("drain"), InstanceMethod<&Capture::feed>("feed"),
       InstanceMethod<&Capture::end>("end"), InstanceMethod<&Capture::close>("close"),
       InstanceMethod<&Capture::counters>("counters"),
       InstanceMethod<&Capture::set_interest>("setInterest"),
       InstanceAccessor<&Capture::state>("state"), InstanceAccessor<&Capture::failure>("failure"),
       InstanceAccessor<&Capture::position>("position"),
       InstanceAccessor<&Capture::interfaces>("interfaces")});
}

Capture::Capture(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Capture>(info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsObject()) {
    Napi::TypeError::New(env, "Capture needs options").ThrowAsJavaScriptException();
    return;
  }
  const Napi::Object options = info[0].As<Napi::Object>();
  filter::Interest interest;
  batch::SipKey key;
  if (!read_interest(env, options.Get("interest"), interest) || !read_key(env, options, key) ||
      !read_memory(env, options, memory_))
    return;
  sys::CaptureFile file;
  if (options.Get("fd").IsNumber()) {
    auto mapped = sys::CaptureFile::map(options.Get("fd").As<Napi::Number>().Int32Value());
    if (!mapped.ok()) {
      system_error(env, mapped.failure()).ThrowAsJavaScriptException();
      return;
    }
    file = mapped.take();
  }
  const bool wants_all = options.Get("everyPacket").ToBoolean();
  intake_.emplace(memory_.columns, interest, key,
                  wants_all ? batch::Intake::Rows::everyPacket : batch::Intake::Rows::wanted);
  file_ = std::make_unique<sys::CaptureFile>(std::move(file));
}

/// Returns the number of rows filled; what comes after them is told by `state`.
Napi::Value Capture::drain(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (file_ == nullptr) return Napi::Number::New(env, 0);
  if (!check_attached(env, memory_)) return env.Undefined();
  state_ = file_->drain(*intake_);
  return Napi::Number::New(env, static_cast<double>(intake_->rows()));
}

Napi::Value Capture::feed(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsTypedArray() ||
      info[0].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    Napi::TypeError::New(env, "feed needs a Uint8Array").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const auto chunk = info[0].As<Napi::Uint8Array>();
  if (file_ != nullptr) file_->feed({chunk.Data(), chunk.ByteLength()});
  return env.Undefined();
}

Napi::Value Capture::end(const Napi::CallbackInfo& info) {
  if (file_ != nullptr) file_->end();
  return info.Env().Undefined();
}

/// Unmaps at once, not when the garbage collector comes by; counters stay readable.
Napi::Value Capture::close(const Napi::CallbackInfo& info) {
  file_.reset();
  state_ = sys::Step::end;
  return info.Env().Undefined();
}

Napi::Value Capture::counters(const Napi::CallbackInfo& info) {
  write_counters(info, intake_->counters());
  return info.Env().Undefined();
}

Napi::Value Capture::set_interest(const Napi::CallbackInfo& info) {
  filter::Interest interest;
  if (read_interest(info.Env(), info[0], interest)) intake_->set_interest(interest);
  return info.Env().Undefined();
}

Napi::Value Capture::state(const Napi::CallbackInfo& info) {
  switch (state_) {
    case sys::Step::frame:
      return Napi::String::New(info.Env(), "ready");
    case sys::Step::hungry:
      return Napi::String::New(info.Env(), "hungry");
    case sys::Step::end:
      return Napi::String::New(info.Env(), "ended");
    case sys::Step::failed:
      return Napi::String::New(info.Env(), "failed");
  }
  return info.Env().Undefined();
}

Napi::Value Capture::failure(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (file_ == nullptr || state_ != sys::Step::failed) return env.Undefined();
  const sys::CaptureFailure& failure = file_->failure();
  Napi::Object told = Napi::Object::New(env);
  told.Set("code", failure.code);
  told.Set("offset", Napi::Number::New(env, static_cast<double>(failure.offset)));
  told.Set("reason", failure.reason);
  return told;
}

/// Bytes of the (unpacked) capture that have been read.
Napi::Value Capture::position(const Napi::CallbackInfo& info) {
  const uint64_t offset = file_ == nullptr ? 0 : file_->offset();
  return Napi::Number::New(info.Env(), static_cast<double>(offset));
}

Napi::Value Capture::interfaces(const Napi::CallbackInfo& info) {
  Napi::Array names = Napi::Array::New(info.Env());
  if (file_ == nullptr) return names;
  uint32_t at = 0;
  for (const std::string& name : file_->interfaces()) {
    names.Set(at++, Napi::String::New(info.Env(), name));
  }
  return names;
}

}  // namespace binding
