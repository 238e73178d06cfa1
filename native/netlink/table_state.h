#pragma once
#include <cstddef>
#include <span>
#include <string_view>

#include "netlink/state_lines.h"

namespace netlink {

/// What a dump says of the objects of one table, a line each, so that two states can be compared.
/// A handle is never given twice, so it tells an object from a later one of the same name; what can
/// be altered in place (as by `nft replace rule`) stands behind it. Objects of other tables add
/// nothing.
///
///     table HANDLE FLAGS OWNER
///     chain NAME HANDLE HOOK PRIORITY POLICY      a dash for what it has not
///     set NAME HANDLE
///     rule CHAIN HANDLE EXPRESSIONS COMMENT       a hash of what it does, but for what it counted
///     element SET KEY FLAGS                       the key in hexadecimal
void describe_table(std::span<const std::byte> attributes, StateLines& lines);
void describe_chain(std::span<const std::byte> attributes, std::string_view table,
                    StateLines& lines);
void describe_set(std::span<const std::byte> attributes, std::string_view table, StateLines& lines);
void describe_rule(std::span<const std::byte> attributes, std::string_view table,
                   StateLines& lines);
void describe_elements(std::span<const std::byte> attributes, std::string_view set,
                       StateLines& lines);

}  // namespace netlink
