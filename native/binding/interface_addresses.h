#pragma once
#include <napi.h>

namespace binding {

/// `interfaceAddresses()`: `{name, address}` of every IPv4 and IPv6 address, in the kernel's order.
/// Node's own list leaves out interfaces that are down at the moment.
Napi::Value interface_addresses(const Napi::CallbackInfo& info);

}  // namespace binding
