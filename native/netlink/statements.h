#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "netlink/batch.h"
#include "netlink/expressions.h"
#include "netlink/key_kind.h"

namespace netlink {

/// A set to be made.
struct SetDraft {
  std::string_view name;
  KeyKind key = KeyKind::kPort;
  bool is_interval = false;
  uint32_t size = 0;        ///< elements at most; 0: no limit
  uint64_t timeout_ms = 0;  ///< 0: the set knows no timeouts
  uint32_t collect_interval_ms =
      0;  ///< how often expired elements are collected; 0: as the kernel likes
};

/// Where a base chain is hooked in.
struct Hook {
  uint32_t number = 0;
  int32_t priority = 0;
};

/// Flags: 2 is owned by the socket that sends it, 4 outlives that socket.
void create_table(Batch& batch, std::string_view table, uint32_t flags);
/// Deletes a table that exists.
void delete_table(Batch& batch, std::string_view table);
/// `id` tells sets of one batch apart.
void create_set(Batch& batch, std::string_view table, const SetDraft& set, uint32_t id);
void create_chain(Batch& batch, std::string_view table, std::string_view chain,
                  std::optional<Hook> hook);
/// One plain element of a set of ports, interface names or interval bounds.
void add_constant(Batch& batch, std::string_view table, std::string_view set,
                  std::span<const std::byte> key, bool is_interval_end);
/// Takes one away that is there.
void remove_constant(Batch& batch, std::string_view table, std::string_view set,
                     std::span<const std::byte> key);

/// A rule under construction, appended to its chain when `close` is called.
class RuleWriter {
 public:
  RuleWriter(Batch& batch, std::string_view table, std::string_view chain);
  ExpressionWriter expressions() { return ExpressionWriter(writer_); }
  void close(std::string_view comment);

 private:
  Batch& batch_;
  AttributeWriter writer_;
  size_t list_;
};

}  // namespace netlink
