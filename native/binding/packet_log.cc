#include "binding/packet_log.h"

#include <cmath>

#include "binding/addon.h"

namespace binding {
namespace {

/// Shorter ones hold no header of IPv6 and TCP; longer packets there are none.
constexpr double kLeastSnap = 64;
constexpr double kMostSnap = 0xffff;
/// Nanoseconds of it fit into 63 bits.
constexpr double kMostMicroseconds = 9e15;

bool refuse(Napi::Env env, const char* why) {
  Napi::TypeError::New(env, why).ThrowAsJavaScriptException();
  return false;
}

bool read_options(Napi::Env env, Napi::Object options, sys::LogSocketOptions& asked) {
  const Napi::Value groups = options.Get("groups");
  const Napi::Value snap = options.Get("snapLength");
  const Napi::Value origin = options.Get("clockOrigin");
  if (!groups.IsTypedArray() ||
      groups.As<Napi::TypedArray>().TypedArrayType() != napi_uint16_array ||
      groups.As<Napi::Uint16Array>().ElementLength() == 0)
    return refuse(env, "groups: a Uint16Array of one or more");
  if (!snap.IsNumber() || !origin.IsNumber())
    return refuse(env, "snapLength, clockOrigin: numbers");
  const double snap_length = snap.As<Napi::Number>().DoubleValue();
  const double microseconds = origin.As<Napi::Number>().DoubleValue();
  if (!(snap_length >= kLeastSnap && snap_length <= kMostSnap))
    return refuse(env, "snapLength: 64 to 65535");
  if (!(std::abs(microseconds) < kMostMicroseconds))
    return refuse(env, "clockOrigin: microseconds of these centuries");
  const auto list = groups.As<Napi::Uint16Array>();
  asked.groups.assign(list.Data(), list.Data() + list.ElementLength());
  asked.snap_length = static_cast<uint32_t>(snap_length);
  asked.clock_origin = static_cast<int64_t>(microseconds) * 1000;
  return true;
}

}  // namespace

Napi::Function PacketLog::define(Napi::Env env) {
  return DefineClass(
      env, "PacketLog",
      {InstanceMethod<&PacketLog::drain>("drain"),
       InstanceMethod<&PacketLog::packets_taken>("packetsTaken"),
       InstanceMethod<&PacketLog::is_empty>("isEmpty"),
       InstanceMethod<&PacketLog::gather>("gather"), InstanceMethod<&PacketLog::watch>("watch"),
       InstanceMethod<&PacketLog::unwatch>("unwatch"),
       InstanceMethod<&PacketLog::set_interest>("setInterest"),
       InstanceMethod<&PacketLog::counters>("counters"),
       InstanceMethod<&PacketLog::dropped>("dropped"), InstanceMethod<&PacketLog::close>("close")});
}

PacketLog::PacketLog(const Napi::CallbackInfo& info) : Napi::ObjectWrap<PacketLog>(info) {
  const Napi::Env env = info.Env();
  if (!info[0].IsObject()) {
    refuse(env, "PacketLog: an object of options");
    return;
  }
  const auto options = info[0].As<Napi::Object>();
  filter::Interest interest;
  batch::SipKey key;
  sys::LogSocketOptions asked;
  if (!read_interest(env, options.Get("interest"), interest) || !read_key(env, options, key) ||
      !read_options(env, options, asked) || !read_memory(env, options, memory_))
    return;
  if (!options.Get("onReadable").IsFunction()) {
    refuse(env, "onReadable: a function");
    return;
  }
  auto opened = sys::LogSocket::open(asked);
  if (!opened.ok()) {
    system_error(env, opened.failure()).ThrowAsJavaScriptException();
    return;
  }
  if (!poll_.open(env, opened.value().descriptor(), options.Get("onReadable").As<Napi::Function>()))
    return;
  socket_.emplace(opened.take());
  intake_.emplace(memory_.columns, interest, key, batch::Intake::Rows::wanted);
}

Napi::Value PacketLog::drain(const Napi::CallbackInfo& info) {
  drained_ = {0, true};
  if (!socket_ || !check_attached(info.Env(), memory_)) return Napi::Number::New(info.Env(), 0);
  intake_->begin();
  drained_ = socket_->drain([&](const wire::Frame& frame) {
    if (!intake_->has_room()) return false;
    intake_->take(frame);
    return true;
  });
  return Napi::Number::New(info.Env(), static_cast<double>(intake_->rows()));
}

Napi::Value PacketLog::packets_taken(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), drained_.frames);
}

Napi::Value PacketLog::is_empty(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), drained_.is_empty);
}

void PacketLog::gather(const Napi::CallbackInfo& info) {
  if (socket_ && info[0].IsBoolean()) socket_->gather(info[0].As<Napi::Boolean>().Value());
}

void PacketLog::watch(const Napi::CallbackInfo&) { poll_.start(); }

void PacketLog::unwatch(const Napi::CallbackInfo&) { poll_.stop(); }

void PacketLog::set_interest(const Napi::CallbackInfo& info) {
  filter::Interest interest;
  if (socket_ && read_interest(info.Env(), info[0], interest)) intake_->set_interest(interest);
}

void PacketLog::counters(const Napi::CallbackInfo& info) {
  if (intake_) write_counters(info, intake_->counters());
}

Napi::Value PacketLog::dropped(const Napi::CallbackInfo& info) {
  if (socket_) dropped_ = socket_->lost();
  return Napi::Number::New(info.Env(), static_cast<double>(dropped_));
}

void PacketLog::close(const Napi::CallbackInfo&) {
  poll_.close();
  if (socket_) dropped_ = socket_->lost();
  socket_.reset();
}

}  // namespace binding
