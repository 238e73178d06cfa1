#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "netlink/attributes.h"

namespace netlink {

/// 32-bit registers of nf_tables: the first is also the first word of the 16-byte register 1.
constexpr uint32_t register32(uint32_t word) { return 8 + word; }

/// Writes a rule's expressions, one attribute each, into the open list of expressions. Values are
/// in the order in which the packet (or the kernel) holds them.
class ExpressionWriter {
 public:
  explicit ExpressionWriter(AttributeWriter writer) : writer_(writer) {}

  void load_meta(uint32_t key, uint32_t to);
  void load_payload(uint32_t base, uint32_t offset, uint32_t length, uint32_t to);
  /// The kind of the destination address (local, unicast, ...) as the routing tables see it.
  void load_target_kind(uint32_t to);
  void mask(uint32_t in_place, std::span<const std::byte> mask);
  void compare(uint32_t operation, uint32_t from, std::span<const std::byte> value);
  void lookup(std::string_view set, uint32_t from, bool is_negated);
  /// Puts the key in these registers into a set that rules may fill, or begins its time anew.
  void update(std::string_view set, uint32_t from);
  /// Loads a value into registers from this one on.
  void load_value(std::span<const std::byte> bytes, uint32_t to);
  /// Sends the packet on to the address and the port in these registers.
  void translate_destination(uint32_t family, uint32_t address, uint32_t port);
  void count();
  /// Sets these bits of the packet's mark, and leaves the others as they are.
  void mark_packet(uint32_t bits);
  void verdict(int32_t code, std::string_view chain = {});

 private:
  struct Nests {
    size_t element;
    size_t body;
  };
  Nests open(std::string_view name);
  void close(Nests nests);
  void value(uint16_t type, std::span<const std::byte> bytes);

  AttributeWriter writer_;
};

}  // namespace netlink
