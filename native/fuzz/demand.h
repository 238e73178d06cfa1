#pragma once

/// Ends the process, where the fuzzer sees it, if a claim is false.
inline void demand(bool claim) {
  if (!claim) __builtin_trap();
}
