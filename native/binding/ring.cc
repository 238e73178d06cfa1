#include "binding/ring.h"

#include "binding/addon.h"
#include "filter/bpf_program.h"
#include "wire/link.h"

namespace binding {
namespace {

constexpr uint16_t kEthertypeIpv4 = 0x0800;
constexpr uint16_t kEthertypeIpv6 = 0x86dd;

/// Stands in for a frame whose header the kernel took off and which is not IP: an Ethernet header
/// of ARP, so that it is counted as what it is.
constexpr uint8_t kNotIp[14] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 0x06};

/// Bytes and link type; with the header taken off, the kernel's word for what follows is the link
/// type.
void set_bytes(wire::Frame& frame, const sys::RingFrame& from, sys::RingLink link) {
  frame.bytes = {reinterpret_cast<const uint8_t*>(from.bytes.data()), from.bytes.size()};
  frame.link_type = wire::link_type::kEthernet;
  if (link == sys::RingLink::ethernet) return;
  if (from.ethertype == kEthertypeIpv4)
    frame.link_type = wire::link_type::kIpv4;
  else if (from.ethertype == kEthertypeIpv6)
    frame.link_type = wire::link_type::kIpv6;
  else
    frame.bytes = {kNotIp, sizeof kNotIp};
}

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

uint32_t number(const Napi::Object& options, const char* name) {
  return options.Get(name).ToNumber().Uint32Value();
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
       InstanceMethod<&Ring::hardware>("hardware"),
       InstanceMethod<&Ring::frames_taken>("framesTaken"), InstanceMethod<&Ring::close>("close")});
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
  if (!read_interest(env, options.Get("interest"), interest) || !read_key(env, options, key) ||
      !read_memory(env, options, memory_))
    return;
  if (!options.Get("onReadable").IsFunction()) {
    Napi::TypeError::New(env, "onReadable: a function").ThrowAsJavaScriptException();
    return;
  }

  hears_outgoing_ = options.Get("hearsOutgoing").ToBoolean();
  auto opened = sys::PacketRing::open({options.Get("interface").ToString().Utf8Value(),
                                       number(options, "frameSize"), number(options, "frameCount"),
                                       hears_outgoing_});
  if (!opened.ok()) {
    system_error(env, opened.failure()).ThrowAsJavaScriptException();
    return;
  }
  sys::PacketRing ring = opened.take();
  auto listening = attach_filter(ring, interest);
  if (listening.ok()) listening = ring.bind();
  if (!listening.ok()) {
    system_error(env, listening.failure()).ThrowAsJavaScriptException();
    return;
  }
  if (!poll_.open(env, ring.descriptor(), options.Get("onReadable").As<Napi::Function>())) return;

  index_ = static_cast<uint16_t>(number(options, "index"));
  ring_.emplace(std::move(ring));
  intake_.emplace(memory_.columns, interest, key, batch::Intake::Rows::wanted);
}

Napi::Value Ring::drain(const Napi::CallbackInfo& info) {
  frames_taken_ = 0;
  if (!ring_ || !check_attached(info.Env(), memory_)) return Napi::Number::New(info.Env(), 0);
  intake_->begin();
  wire::Frame frame{};
  frame.interface = index_;
  frames_taken_ = ring_->drain(UINT32_MAX, [&](const sys::RingFrame& from) {
    if (!intake_->has_room()) return false;
    set_bytes(frame, from, ring_->link());
    frame.original_length = from.original_length;
    frame.seconds = from.seconds;
    frame.nanoseconds = from.nanoseconds;
    frame.has_tag = from.vlan_tpid != 0;
    frame.tag = from.vlan_tci;
    frame.is_outgoing = from.is_outgoing && !hears_outgoing_;
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

Napi::Value Ring::hardware(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), ring_ ? ring_->hardware() : 0);
}

Napi::Value Ring::frames_taken(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), frames_taken_);
}

Napi::Value Ring::close(const Napi::CallbackInfo& info) {
  poll_.close();
  ring_.reset();
  return info.Env().Undefined();
}

}  // namespace binding
