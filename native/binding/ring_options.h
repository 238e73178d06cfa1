#pragma once
#include <napi.h>

#include <optional>

#include "filter/fanout_program.h"
#include "sys/packet_ring.h"

namespace binding {

/// What a ring shares in.
struct Membership {
  std::optional<uint16_t> group;  ///< none: a new one
  filter::Fanout fanout;
};

/// Reads `{interface, slotBytes, slots, hearsOutgoing, clockOrigin}`. What is no ring is refused
/// before the kernel is asked: throws a TypeError or RangeError in JavaScript and returns false.
bool read_ring_options(Napi::Env env, Napi::Object options, sys::RingOptions& ring);

/// Reads `{index}`, what the column `interface` is to say.
bool read_index(Napi::Env env, Napi::Object options, uint16_t& index);

/// Reads `{fanout?: {group?, workers, seed}}`.
bool read_membership(Napi::Env env, Napi::Object options, std::optional<Membership>& membership);

}  // namespace binding
