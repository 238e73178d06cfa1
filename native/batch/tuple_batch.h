#pragma once
#include <cstddef>
#include <cstdint>

#include "batch/tuple_columns.h"

namespace batch {

constexpr size_t kLine = 64;

/// Whole cache lines, and one more: without it the rows of all columns would lie a power of two
/// apart, and so compete for the same few places of the first-level cache.
constexpr size_t column_bytes(size_t cell, size_t capacity) {
  return (cell * capacity + kLine - 1) / kLine * kLine + kLine;
}

/// The columns of a batch, laid over memory that the caller owns; nothing here frees or grows it.
struct TupleBatch {
#define X(name, type, meaning) type* name = nullptr;
  TUPLE_COLUMNS(X)
#undef X

  uint8_t* arena = nullptr;  ///< bytes of payload
  size_t arena_bytes = 0;
  size_t capacity = 0;  ///< rows

  static constexpr size_t bytes_for(size_t rows) {
    size_t bytes = 0;
#define X(name, type, meaning) bytes += column_bytes(sizeof(type), rows);
    TUPLE_COLUMNS(X)
#undef X
    return bytes;
  }

  /// `memory` holds `bytes_for(capacity)` bytes and is aligned to 8 at least.
  static TupleBatch over(uint8_t* memory, size_t capacity, uint8_t* arena, size_t arena_bytes) {
    TupleBatch batch;
    batch.capacity = capacity;
    batch.arena = arena;
    batch.arena_bytes = arena_bytes;
#define X(name, type, meaning)                  \
  batch.name = reinterpret_cast<type*>(memory); \
  memory += column_bytes(sizeof(type), capacity);
    TUPLE_COLUMNS(X)
#undef X
    return batch;
  }
};

}  // namespace batch
