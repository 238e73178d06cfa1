#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "netlink/attributes.h"
#include "netlink/key_kind.h"

namespace netlink {

/// A kind of key in the kernel's words: nft's number for the type, and its length in bytes.
struct KeyForm {
  uint32_t nft_type;
  uint32_t length;
};

KeyForm form_of(KeyKind kind);
/// nft itself wants to be told in which order an interface's name lies, to print it again.
void write_byte_order(AttributeWriter& writer, KeyKind kind);

/// What a message says of a set that somebody else made, as one line:
///
///     KEY [timeout] [interval] [constant] [map]     KEY: number of the kind, or a dash
std::string describe_set_form(std::span<const std::byte> attributes);

/// Handles are never given twice: a set's within its table, a table's at all.
uint64_t set_handle(std::span<const std::byte> attributes);
uint64_t table_handle(std::span<const std::byte> attributes);

}  // namespace netlink
