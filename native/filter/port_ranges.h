#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "filter/interest.h"

namespace filter {

/// Ports from one to another, both included.
struct PortRange {
  uint16_t from;
  uint16_t to;
};

/// A set of ports as rising ranges that don't touch.
std::vector<PortRange> ranges_of(const PortSet& ports);

/// At most so many ranges, which hold the same ports and, where the narrowest gaps were closed,
/// more.
std::vector<PortRange> coarsened(std::vector<PortRange> ranges, size_t limit);

}  // namespace filter
