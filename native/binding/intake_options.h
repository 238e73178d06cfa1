#pragma once
#include <napi.h>

#include "batch/intake.h"
#include "filter/interest.h"

namespace binding {

/// Reads `{tcp, udp, icmp, icmp6, tcpFlags: {mask, value}}`; throws in JavaScript and returns false
/// if it is none.
bool read_interest(Napi::Env env, Napi::Value value, filter::Interest& interest);

/// The memory that rows are written to. JavaScript owns it; the references keep it alive as long as
/// the source.
struct BatchMemory {
  batch::TupleBatch columns;
  Napi::Reference<Napi::ArrayBuffer> memory;
  Napi::Reference<Napi::Uint8Array> arena;
};

/// Reads `{memory: ArrayBuffer, arena: Uint8Array, capacity}` and checks that the columns fit.
bool read_memory(Napi::Env env, Napi::Object options, BatchMemory& memory);

/// Throws in JavaScript and returns false once JavaScript gave the memory away (`structuredClone`
/// with a transfer list): then nothing may be written to it.
bool check_attached(Napi::Env env, const BatchMemory& memory);

/// Fills the Float64Array that a method was called with: the endings in order, then bytes.
void write_counters(const Napi::CallbackInfo& info, const batch::Counters& counters);

/// Reads `{key: Uint8Array(16)}`.
bool read_key(Napi::Env env, Napi::Object options, batch::SipKey& key);

}  // namespace binding
