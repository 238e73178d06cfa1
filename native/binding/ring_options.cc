#include "binding/ring_options.h"

#include <bit>
#include <cmath>

namespace binding {
namespace {

/// 128 bytes hold the kernel's header and an IPv4 knock's; 128 KiB the longest frame without BIG
/// TCP.
constexpr uint32_t kLeastSlotBytes = 128;
constexpr uint32_t kMostSlotBytes = 1 << 17;

/// Nanoseconds of it fit into 63 bits.
constexpr double kMostMicroseconds = 9e15;

bool refuse_type(Napi::Env env, const char* why) {
  Napi::TypeError::New(env, why).ThrowAsJavaScriptException();
  return false;
}

bool refuse_range(Napi::Env env, const char* why) {
  Napi::RangeError::New(env, why).ThrowAsJavaScriptException();
  return false;
}

/// Not ToNumber: that would run the caller's code, which may throw.
bool read_whole(Napi::Value value, uint32_t& number) {
  const double given = value.As<Napi::Number>().DoubleValue();
  if (!(given >= 0 && given <= UINT32_MAX)) return false;
  number = static_cast<uint32_t>(given);
  return static_cast<double>(number) == given;
}

bool is_power_of_two(Napi::Value value, uint32_t& number) {
  return read_whole(value, number) && std::has_single_bit(number);
}

}  // namespace

bool read_ring_options(Napi::Env env, Napi::Object options, sys::RingOptions& ring) {
  const Napi::Value interface = options.Get("interface");
  const Napi::Value slot_bytes = options.Get("slotBytes");
  const Napi::Value slots = options.Get("slots");
  if (!interface.IsString()) return refuse_type(env, "interface: a string");
  if (!slot_bytes.IsNumber()) return refuse_type(env, "slotBytes: a number");
  if (!slots.IsNumber()) return refuse_type(env, "slots: a number");

  if (!is_power_of_two(slot_bytes, ring.slot_bytes) || ring.slot_bytes < kLeastSlotBytes ||
      ring.slot_bytes > kMostSlotBytes)
    return refuse_range(env, "slotBytes: a power of two, 128 to 131072");
  if (!is_power_of_two(slots, ring.slots)) return refuse_range(env, "slots: a power of two");
  const uint64_t bytes = uint64_t{ring.slot_bytes} * ring.slots;
  if (bytes < sys::kLeastRingBytes || bytes > sys::kMostRingBytes)
    return refuse_range(env, "slots: 64 KiB to 1 GiB in all");
  const Napi::Value origin = options.Get("clockOrigin");
  if (!origin.IsNumber()) return refuse_type(env, "clockOrigin: a number");
  const double microseconds = origin.As<Napi::Number>().DoubleValue();
  if (!(std::abs(microseconds) < kMostMicroseconds))
    return refuse_range(env, "clockOrigin: microseconds of these centuries");
  ring.clock_origin = static_cast<int64_t>(microseconds) * 1000;
  ring.interface = interface.As<Napi::String>().Utf8Value();
  ring.hears_outgoing = options.Get("hearsOutgoing").ToBoolean();
  return true;
}

bool read_index(Napi::Env env, Napi::Object options, uint16_t& index) {
  const Napi::Value value = options.Get("index");
  if (!value.IsNumber()) return refuse_type(env, "index: a number");
  uint32_t number = 0;
  if (!read_whole(value, number) || number > UINT16_MAX)
    return refuse_range(env, "index: 0 to 65535");
  index = static_cast<uint16_t>(number);
  return true;
}

bool read_membership(Napi::Env env, Napi::Object options, std::optional<Membership>& membership) {
  const Napi::Value value = options.Get("fanout");
  if (value.IsUndefined()) return true;
  if (!value.IsObject()) return refuse_type(env, "fanout: {group?, workers, seed}");
  const auto fanout = value.As<Napi::Object>();
  const Napi::Value group = fanout.Get("group");
  const Napi::Value workers = fanout.Get("workers");
  const Napi::Value seed = fanout.Get("seed");
  if (!workers.IsNumber() || !seed.IsNumber() || !(group.IsNumber() || group.IsUndefined()))
    return refuse_type(env, "fanout: numbers");
  Membership read{};
  uint32_t number = 0;
  if (!read_whole(workers, read.fanout.workers) || !read_whole(seed, read.fanout.seed) ||
      (group.IsNumber() && !read_whole(group, number)))
    return refuse_range(env, "fanout: whole numbers");
  if (number > UINT16_MAX || read.fanout.workers == 0 || read.fanout.workers > UINT16_MAX)
    return refuse_range(env, "fanout: a group, and workers from 1 on");
  if (group.IsNumber()) read.group = static_cast<uint16_t>(number);
  membership = read;
  return true;
}

}  // namespace binding
