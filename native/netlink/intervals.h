#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "netlink/batch.h"
#include "netlink/key_kind.h"

namespace netlink {

/// A set of address ranges to be made.
struct IntervalSetDraft {
  std::string_view name;
  KeyKind key = KeyKind::kAddress4;
  bool has_timeouts = false;  ///< ranges may end by themselves; one that names no time never does
  bool has_counters = false;  ///< each range counts its packets and bytes
};

/// Bounds of ranges as the kernel has them: the first address of a range, then the one behind its
/// last with `is_end` 1; a range up to the very last address has no end.
struct Bounds {
  std::span<const std::byte> keys;  ///< one behind the other, in network order
  size_t key_size = 0;
  std::span<const std::byte> is_end;
  std::span<const double> timeout_ms;  ///< of beginnings; 0: it never ends. Empty: none does

  size_t count() const { return is_end.size(); }
};

/// What a dump says of one bound.
struct FoundBound {
  uint64_t packets = 0;
  uint64_t bytes = 0;
  double left_ms = 0;  ///< 0: it has no end
  bool is_end = false;
};

void create_interval_set(Batch& batch, std::string_view table, const IntervalSetDraft& set,
                         uint32_t id);
/// Both lay as many bounds into a message as an attribute's 16 bits of length allow.
void add_bounds(Batch& batch, std::string_view table, std::string_view set, const Bounds& bounds);
void remove_bounds(Batch& batch, std::string_view table, std::string_view set,
                   const Bounds& bounds);

/// Appends the bounds of a dump's message; those with a key of another size are left out.
void read_bounds(std::span<const std::byte> attributes, size_t key_size,
                 std::vector<std::byte>& keys, std::vector<FoundBound>& found);

/// Takes all elements out of a set.
void empty_set(Batch& batch, std::string_view table, std::string_view set);
/// Deletes all rules of the table.
void delete_rules(Batch& batch, std::string_view table);
/// Deletes a chain that no rule leads to.
void delete_chain(Batch& batch, std::string_view table, std::string_view chain);
/// Deletes a set that no rule looks into.
void delete_set(Batch& batch, std::string_view table, std::string_view set);

}  // namespace netlink
