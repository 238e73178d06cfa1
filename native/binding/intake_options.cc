#include "binding/intake_options.h"

#include <cstring>

namespace binding {
namespace {

bool refuse(Napi::Env env, const char* why) {
  Napi::TypeError::New(env, why).ThrowAsJavaScriptException();
  return false;
}

bool read_ports(Napi::Value value, filter::PortSet& ports) {
  if (!value.IsTypedArray()) return false;
  const auto array = value.As<Napi::TypedArray>();
  if (array.TypedArrayType() != napi_uint8_array || array.ByteLength() != filter::PortSet::kBytes)
    return false;
  std::memcpy(ports.data(), value.As<Napi::Uint8Array>().Data(), filter::PortSet::kBytes);
  return true;
}

bool read_byte(Napi::Value value, uint8_t& byte) {
  if (!value.IsNumber()) return false;
  const uint32_t number = value.As<Napi::Number>().Uint32Value();
  byte = static_cast<uint8_t>(number);
  return number <= 0xff;
}

}  // namespace

bool read_interest(Napi::Env env, Napi::Value value, filter::Interest& interest) {
  if (!value.IsObject()) return refuse(env, "interest: an object");
  const auto object = value.As<Napi::Object>();
  if (!read_ports(object.Get("tcp"), interest.tcp)) return refuse(env, "interest.tcp: 8192 bytes");
  if (!read_ports(object.Get("udp"), interest.udp)) return refuse(env, "interest.udp: 8192 bytes");
  interest.icmp = object.Get("icmp").ToBoolean();
  interest.icmp6 = object.Get("icmp6").ToBoolean();
  const Napi::Value flags = object.Get("tcpFlags");
  if (!flags.IsObject() ||
      !read_byte(flags.As<Napi::Object>().Get("mask"), interest.tcp_flags.mask) ||
      !read_byte(flags.As<Napi::Object>().Get("value"), interest.tcp_flags.value))
    return refuse(env, "interest.tcpFlags: {mask, value}, a byte each");
  return true;
}

bool read_memory(Napi::Env env, Napi::Object options, BatchMemory& memory) {
  const Napi::Value block = options.Get("memory");
  const Napi::Value arena = options.Get("arena");
  const Napi::Value capacity = options.Get("capacity");
  if (!block.IsArrayBuffer()) return refuse(env, "memory: an ArrayBuffer");
  if (!arena.IsTypedArray() || arena.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    return refuse(env, "arena: a Uint8Array");
  const double rows = capacity.IsNumber() ? capacity.As<Napi::Number>().DoubleValue() : 0;
  if (!(rows >= 1 && rows <= 1 << 20) || rows != static_cast<double>(static_cast<size_t>(rows)))
    return refuse(env, "capacity: 1 to 1048576 rows");

  auto buffer = block.As<Napi::ArrayBuffer>();
  auto bytes = arena.As<Napi::Uint8Array>();
  const auto count = static_cast<size_t>(rows);
  if (buffer.ByteLength() != batch::TupleBatch::bytes_for(count))
    return refuse(env, "memory: not the size of that many rows");
  if (bytes.ByteLength() != 0 && bytes.ByteLength() < batch::kPayloadLimit)
    return refuse(env, "arena: 0 or at least 2048 bytes");
  memory.columns = batch::TupleBatch::over(static_cast<uint8_t*>(buffer.Data()), count,
                                           bytes.Data(), bytes.ByteLength());
  memory.memory = Napi::Persistent(buffer);
  memory.arena = Napi::Persistent(bytes);
  return true;
}

bool check_attached(Napi::Env env, const BatchMemory& memory) {
  const bool is_attached = memory.memory.Value().ByteLength() != 0 &&
                           memory.arena.Value().ByteLength() == memory.columns.arena_bytes;
  return is_attached || refuse(env, "the batch's memory was given away");
}

void write_counters(const Napi::CallbackInfo& info, const batch::Counters& counters) {
  const bool fits = info[0].IsTypedArray() &&
                    info[0].As<Napi::TypedArray>().TypedArrayType() == napi_float64_array &&
                    info[0].As<Napi::TypedArray>().ElementLength() == batch::kEndings + 1;
  if (!fits) {
    refuse(info.Env(), "counters: a Float64Array with a place for each, and one for bytes");
    return;
  }
  double* to = info[0].As<Napi::Float64Array>().Data();
  for (size_t at = 0; at < batch::kEndings; at++)
    to[at] = static_cast<double>(counters.endings[at]);
  to[batch::kEndings] = static_cast<double>(counters.bytes);
}

bool read_key(Napi::Env env, Napi::Object options, batch::SipKey& key) {
  const Napi::Value value = options.Get("key");
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().ByteLength() != sizeof key ||
      value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array)
    return refuse(env, "key: a Uint8Array of 16 bytes");
  std::memcpy(&key, value.As<Napi::Uint8Array>().Data(), sizeof key);
  return true;
}

}  // namespace binding
