#include "binding/interface_addresses.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>

#include <memory>

#include "binding/addon.h"

namespace binding {
namespace {

/// The bytes of an address; null for families other than IP.
const void* bytes_of(const sockaddr* address) {
  if (address == nullptr) return nullptr;
  if (address->sa_family == AF_INET)
    return &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  if (address->sa_family == AF_INET6)
    return &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  return nullptr;
}

}  // namespace

Napi::Value interface_addresses(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) < 0) {
    system_error(env, sys::failed("getifaddrs")).ThrowAsJavaScriptException();
    return env.Undefined();
  }
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, ::freeifaddrs);
  Napi::Array list = Napi::Array::New(env);
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    const void* bytes = bytes_of(each->ifa_addr);
    if (bytes == nullptr) continue;
    char text[INET6_ADDRSTRLEN];
    ::inet_ntop(each->ifa_addr->sa_family, bytes, text, sizeof text);
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", each->ifa_name);
    entry.Set("address", static_cast<const char*>(text));
    list.Set(list.Length(), entry);
  }
  return list;
}

}  // namespace binding
