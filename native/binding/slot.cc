#include "binding/slot.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "sys/ring_slot.h"

namespace binding {
namespace {

Napi::Object to_object(Napi::Env env, const wire::Frame& frame) {
  Napi::Object object = Napi::Object::New(env);
  Napi::Uint8Array bytes = Napi::Uint8Array::New(env, frame.bytes.size());
  std::copy_n(frame.bytes.data(), frame.bytes.size(), bytes.Data());
  object.Set("bytes", bytes);
  object.Set("originalLength", frame.original_length);
  object.Set("linkType", frame.link_type);
  object.Set("seconds", static_cast<double>(frame.seconds));
  object.Set("nanoseconds", frame.nanoseconds);
  if (frame.has_tag) object.Set("tag", frame.tag);
  object.Set("isOutgoing", frame.is_outgoing);
  return object;
}

}  // namespace

Napi::Value read_slot(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const std::string link = info[1].IsString() ? info[1].As<Napi::String>().Utf8Value() : "";
  const bool is_slot =
      info[0].IsTypedArray() && info[0].As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
  if (!is_slot || (link != "ethernet" && link != "network")) {
    Napi::TypeError::New(env, "readSlot: a Uint8Array, and 'ethernet' or 'network'")
        .ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const auto given = info[0].As<Napi::Uint8Array>();
  // A copy: a ring's slots are aligned, an array's bytes need not be.
  std::vector<std::byte> slot(given.ByteLength());
  if (!slot.empty()) std::memcpy(slot.data(), given.Data(), slot.size());
  const auto status = slot.size() < sys::kSlotHeader
                          ? 0u
                          : reinterpret_cast<const tpacket2_hdr*>(slot.data())->tp_status;
  wire::Frame frame{};
  sys::read_slot(slot, status, link == "network" ? sys::RingLink::network : sys::RingLink::ethernet,
                 frame);
  return to_object(env, frame);
}

}  // namespace binding
