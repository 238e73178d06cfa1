#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "netlink/batch.h"
#include "netlink/element_columns.h"
#include "netlink/element_tag.h"
#include "netlink/key_kind.h"

namespace netlink {

struct SetDescription {
  std::string name;
  KeyKind key;
};

/// What rows refer to by index, and what every element of ours carries.
struct ElementContext {
  std::string table;
  std::vector<SetDescription> sets;
  std::vector<DoorLabel> doors;
  BootId boot{};
  double max_timeout_ms = 0;
};

/// An element must end, and soon enough: a timeout of 0 would mean for ever.
constexpr double kMinTimeoutMs = 10;

/// Encodes rows [0, count), a message an element, so that an error names its row: the sequence
/// number is the batch's first one + 1 + row. A row that has no end, or points nowhere, is not
/// written, and gets ERANGE or EINVAL as its error. Returns how many rows were refused so.
size_t encode_elements(Batch& batch, const ElementContext& context, const ElementColumns& rows,
                       size_t count);

/// Encodes rows [0, count) of one set that are known to be right, as many in a message as an
/// attribute's 16 bits of length allow. Rows without a proper end are left out.
void encode_elements_densely(Batch& batch, const ElementContext& context,
                             const ElementColumns& rows, size_t count);

/// Reads the elements of a dump's message into rows from `row` on, as far as there is room.
/// Elements with a key of another size than the set's are left out. Returns the number of rows
/// filled.
size_t read_elements(std::span<const std::byte> attributes, const ElementContext& context,
                     size_t set, const ElementColumns& rows, size_t row);

}  // namespace netlink
