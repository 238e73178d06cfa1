#include "netlink/attributes.h"

#include <algorithm>

namespace netlink {

namespace {

constexpr size_t kHeaderSize = sizeof(nlattr);

constexpr size_t padded(size_t size) { return (size + 3) & ~size_t{3}; }

std::byte* claim_attribute(Buffer& buffer, uint16_t type, size_t value_size) {
  const size_t size = kHeaderSize + value_size;
  const nlattr header{static_cast<uint16_t>(size), type};
  std::byte* at = buffer.claim(padded(size));
  std::memset(at + padded(size) - 4, 0, 4);  // the padding lies in the last word
  std::memcpy(at, &header, sizeof header);
  return at + kHeaderSize;
}

}  // namespace

void AttributeWriter::bytes(uint16_t type, std::span<const std::byte> value) {
  std::byte* at = claim_attribute(buffer_, type, value.size());
  if (!value.empty()) std::memcpy(at, value.data(), value.size());
}

void AttributeWriter::text(uint16_t type, std::string_view value) {
  std::byte* at = claim_attribute(buffer_, type, value.size() + 1);
  std::memcpy(at, value.data(), value.size());
  at[value.size()] = std::byte{0};
}

size_t AttributeWriter::open(uint16_t type) {
  const size_t at = buffer_.size();
  claim_attribute(buffer_, type | NLA_F_NESTED, 0);
  return at;
}

void AttributeWriter::close(size_t nest) {
  buffer_.patch(nest, static_cast<uint16_t>(buffer_.size() - nest));
}

std::string_view Attribute::text() const {
  const auto* at = reinterpret_cast<const char*>(value.data());
  return {at, static_cast<size_t>(std::find(at, at + value.size(), '\0') - at)};
}

bool AttributeReader::next(Attribute& attribute) {
  if (rest_.size() < kHeaderSize) return false;
  nlattr header;
  std::memcpy(&header, rest_.data(), sizeof header);
  if (header.nla_len < kHeaderSize || header.nla_len > rest_.size()) return false;
  attribute.type = header.nla_type & NLA_TYPE_MASK;
  attribute.value = rest_.subspan(kHeaderSize, header.nla_len - kHeaderSize);
  rest_ = rest_.subspan(std::min(padded(header.nla_len), rest_.size()));
  return true;
}

std::span<const std::byte> find(std::span<const std::byte> attributes, uint16_t type) {
  AttributeReader reader(attributes);
  for (Attribute attribute; reader.next(attribute);) {
    if (attribute.type == type) return attribute.value;
  }
  return {};
}

std::string_view text_in(std::span<const std::byte> attributes, uint16_t type) {
  return Attribute{type, find(attributes, type)}.text();
}

}  // namespace netlink
