#pragma once
#include <cstdint>

#include "netlink/attributes.h"
#include "netlink/key_kind.h"

namespace netlink {

/// What the kernel is told of a set's keys.
struct KeyForm {
  uint32_t nft_type;
  uint32_t length;
};

KeyForm form_of(KeyKind key);
/// nft itself wants to be told in which order an interface's name lies, to print it again.
void write_byte_order(AttributeWriter& writer, KeyKind key);

}  // namespace netlink
