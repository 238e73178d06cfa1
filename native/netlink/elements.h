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

/// A set, and the table that it lies in: ours, or one of the administrator's.
struct SetDescription {
  std::string name;
  KeyKind key;
  std::string table;
  uint8_t family;
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

/// Checks rows [0, count): one that has no end within bounds gets ERANGE as its error, one that
/// points nowhere EINVAL, all others 0. Returns how many were refused so.
size_t check_elements(const ElementContext& context, const ElementColumns& rows, size_t count);

/// Encodes those of rows [0, count) whose error is 0, with messages of their own, so that an error
/// names its row: the sequence number is the batch's first one + 1 + row.
void encode_elements(Batch& batch, const ElementContext& context, const ElementColumns& rows,
                     size_t count);

/// The same with as many elements in a message as an attribute's 16 bits of length allow; faster,
/// but an error names no row.
void encode_elements_densely(Batch& batch, const ElementContext& context,
                             const ElementColumns& rows, size_t count);

/// Writes which element of which set a row is, for a question about it.
void name_element(AttributeWriter& writer, const ElementContext& context,
                  const ElementColumns& rows, size_t row);

/// Writes a request for all elements of a set.
void ask_for_elements(Buffer& request, const SetDescription& set, uint32_t sequence);

/// Whether a message about elements has one with a tag of this boot.
bool has_tag_of(std::span<const std::byte> attributes, const BootId& boot);

/// Reads the elements of a dump's message into rows from `row` on, as far as there is room.
/// Elements with a key of another size than the set's are left out. Returns the number of rows
/// filled.
size_t read_elements(std::span<const std::byte> attributes, const ElementContext& context,
                     size_t set, const ElementColumns& rows, size_t row);

}  // namespace netlink
