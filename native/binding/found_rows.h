#pragma once
#include <napi.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "netlink/elements.h"

namespace binding {

/// Rows read from a dump, in memory that grows by doubling.
class FoundRows {
 public:
  /// The elements of a message of a set's dump.
  void take(std::span<const std::byte> attributes, const netlink::ElementContext& context,
            size_t set) {
    constexpr size_t kMostInDatagram = 4096;
    if (count_ + kMostInDatagram > columns_.capacity) grow(count_ + kMostInDatagram);
    count_ += netlink::read_elements(attributes, context, set, columns_, count_);
  }
  void clear() { count_ = 0; }
  size_t count() const { return count_; }

  Napi::Value to_js(Napi::Env env) {
    Napi::ArrayBuffer memory =
        Napi::ArrayBuffer::New(env, netlink::ElementColumns::bytes_for(count_));
    copy_to(netlink::ElementColumns::over(static_cast<std::byte*>(memory.Data()), count_));
    Napi::Object result = Napi::Object::New(env);
    result.Set("memory", memory);
    result.Set("count", static_cast<double>(count_));
    return result;
  }

 private:
  void copy_to(const netlink::ElementColumns& to) {
#define X(name, type, text) std::copy_n(columns_.name, count_, to.name);
    ELEMENT_COLUMNS(X)
#undef X
  }
  void grow(size_t needed) {
    const size_t capacity = std::max(needed, columns_.capacity * 2);
    std::vector<std::byte> memory(netlink::ElementColumns::bytes_for(capacity));
    const auto columns = netlink::ElementColumns::over(memory.data(), capacity);
    if (count_ > 0) copy_to(columns);
    memory_ = std::move(memory);
    columns_ = columns;
  }

  std::vector<std::byte> memory_;
  netlink::ElementColumns columns_;
  size_t count_ = 0;
};

}  // namespace binding
