#include "binding/ring.h"

#include "binding/addon.h"
#include "binding/ring_options.h"
#include "filter/bpf_program.h"
#include "filter/fanout_program.h"

namespace binding {
namespace {

/// Older kernels have room for fewer instructions than they allow (optmem_max): then a coarser
/// program lets more through, and the port bitmap sorts it out.
sys::Result<sys::Done> attach_filter(sys::PacketRing& ring, const filter::Interest& interest) {
  const auto family = ring.link() == sys::RingLink::ethernet ? filter::LinkFamily::ethernet
                                                             : filter::LinkFamily::ip;
  for (size_t most = filter::kMaxInstructions;; most /= 8) {
    auto attached = ring.set_filter(filter::compile(interest, family, most));
    if (attached.ok() || attached.failure().error != ENOMEM || most < 64) return attached;
  }
}

/// A ring hears nothing until it is in its group: for as long as it is alone, it would hear what
/// the others hear too.
sys::Result<sys::Done> begin(sys::PacketRing& ring, const filter::Interest& interest,
                             const std::optional<Membership>& membership) {
  if (membership) {
    constexpr sock_filter kNothing[] = {{BPF_RET | BPF_K, 0, 0, 0}};
    auto deaf = ring.set_filter(kNothing);
    if (deaf.ok()) deaf = ring.bind();
    if (deaf.ok()) deaf = ring.join(membership->group, filter::compile_fanout(membership->fanout));
    if (!deaf.ok()) return deaf;
    return attach_filter(ring, interest);
  }
  const auto filtered = attach_filter(ring, interest);
  return filtered.ok() ? ring.bind() : filtered;
}

}  // namespace

Napi::Function Ring::define(Napi::Env env) {
  return DefineClass(
      env, "Ring",
      {InstanceMethod<&Ring::drain>("drain"), InstanceMethod<&Ring::watch>("watch"),
       InstanceMethod<&Ring::unwatch>("unwatch"),
       InstanceMethod<&Ring::set_interest>("setInterest"),
       InstanceMethod<&Ring::counters>("counters"), InstanceMethod<&Ring::dropped>("dropped"),
       InstanceMethod<&Ring::take_error>("takeError"), InstanceMethod<&Ring::is_bound>("isBound"),
       InstanceMethod<&Ring::interface_index>("interfaceIndex"),
       InstanceMethod<&Ring::group>("group"), InstanceMethod<&Ring::wall_shift>("wallShift"),
       InstanceMethod<&Ring::pretend_step>("pretendStep"),
       InstanceMethod<&Ring::pass_over>("passOver"), InstanceMethod<&Ring::hardware>("hardware"),
       InstanceMethod<&Ring::frames_taken>("framesTaken"),
       InstanceMethod<&Ring::is_empty>("isEmpty"), InstanceMethod<&Ring::has_frame>("hasFrame"),
       InstanceMethod<&Ring::close>("close")});
}

Ring::Ring(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Ring>(info) {
  Napi::Env env = info.Env();
  if (!info[0].IsObject()) {
    Napi::TypeError::New(env, "Ring: an object of options").ThrowAsJavaScriptException();
    return;
  }
  const auto options = info[0].As<Napi::Object>();
  filter::Interest interest;
  batch::SipKey key;
  sys::RingOptions asked;
  std::optional<Membership> membership;
  if (!read_interest(env, options.Get("interest"), interest) || !read_key(env, options, key) ||
      !read_ring_options(env, options, asked) || !read_index(env, options, index_) ||
      !read_membership(env, options, membership) || !read_memory(env, options, memory_))
    return;
  if (!options.Get("onReadable").IsFunction()) {
    Napi::TypeError::New(env, "onReadable: a function").ThrowAsJavaScriptException();
    return;
  }

  auto opened = sys::PacketRing::open(asked);
  if (!opened.ok()) {
    system_error(env, opened.failure()).ThrowAsJavaScriptException();
    return;
  }
  sys::PacketRing ring = opened.take();
  const auto listening = begin(ring, interest, membership);
  if (!listening.ok()) {
    system_error(env, listening.failure()).ThrowAsJavaScriptException();
    return;
  }
  if (!poll_.open(env, ring.descriptor(), options.Get("onReadable").As<Napi::Function>())) return;

  ring_.emplace(std::move(ring));
  intake_.emplace(memory_.columns, interest, key, batch::Intake::Rows::wanted);
}

Napi::Value Ring::drain(const Napi::CallbackInfo& info) {
  drained_ = {0, true};
  if (!ring_ || !check_attached(info.Env(), memory_)) return Napi::Number::New(info.Env(), 0);
  intake_->begin();
  drained_ = ring_->drain(index_, [&](const wire::Frame& frame) {
    if (!intake_->has_room()) return false;
    intake_->take(frame);
    return true;
  });
  return Napi::Number::New(info.Env(), static_cast<double>(intake_->rows()));
}

Napi::Value Ring::watch(const Napi::CallbackInfo& info) {
  poll_.start();
  return info.Env().Undefined();
}

Napi::Value Ring::unwatch(const Napi::CallbackInfo& info) {
  poll_.stop();
  return info.Env().Undefined();
}

Napi::Value Ring::set_interest(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  filter::Interest interest;
  if (!ring_ || !read_interest(env, info[0], interest)) return env.Undefined();
  const auto done = attach_filter(*ring_, interest);
  if (done.ok())
    intake_->set_interest(interest);
  else
    system_error(env, done.failure()).ThrowAsJavaScriptException();
  return env.Undefined();
}

Napi::Value Ring::counters(const Napi::CallbackInfo& info) {
  if (intake_) write_counters(info, intake_->counters());
  return info.Env().Undefined();
}

Napi::Value Ring::dropped(const Napi::CallbackInfo& info) {
  if (ring_) dropped_ = ring_->statistics().drops;
  return Napi::Number::New(info.Env(), static_cast<double>(dropped_));
}

Napi::Value Ring::take_error(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), ring_ ? ring_->take_error() : 0);
}

Napi::Value Ring::is_bound(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), ring_ && ring_->is_bound());
}

Napi::Value Ring::interface_index(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), ring_ ? ring_->interface_index() : 0);
}

Napi::Value Ring::group(const Napi::CallbackInfo& info) {
  const auto group = ring_ ? ring_->group() : std::nullopt;
  if (!group) return info.Env().Undefined();
  return Napi::Number::New(info.Env(), *group);
}

Napi::Value Ring::pass_over(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (!info[0].IsTypedArray() ||
      info[0].As<Napi::TypedArray>().TypedArrayType() != napi_uint32_array) {
    Napi::TypeError::New(env, "passOver: a Uint32Array").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const auto indexes = info[0].As<Napi::Uint32Array>();
  if (ring_) ring_->pass_over({indexes.Data(), indexes.ElementLength()});
  return env.Undefined();
}

Napi::Value Ring::wall_shift(const Napi::CallbackInfo& info) {
  const int64_t shift = ring_ ? ring_->wall_shift() : 0;
  return Napi::Number::New(info.Env(), static_cast<double>(shift / 1000));
}

Napi::Value Ring::pretend_step(const Napi::CallbackInfo& info) {
  if (ring_ && info[0].IsNumber() && info[1].IsNumber())
    ring_->pretend_step(info[0].As<Napi::Number>().Int64Value(),
                        info[1].As<Napi::Number>().Int64Value());
  return info.Env().Undefined();
}

Napi::Value Ring::hardware(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), ring_ ? ring_->hardware() : 0);
}

Napi::Value Ring::frames_taken(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), drained_.frames);
}

Napi::Value Ring::is_empty(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), drained_.is_empty);
}

Napi::Value Ring::has_frame(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), ring_ && ring_->has_frame());
}

Napi::Value Ring::close(const Napi::CallbackInfo& info) {
  poll_.close();
  if (ring_) dropped_ = ring_->statistics().drops;
  ring_.reset();
  return info.Env().Undefined();
}

}  // namespace binding
