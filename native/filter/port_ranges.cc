#include "filter/port_ranges.h"

#include <algorithm>

namespace filter {

std::vector<PortRange> ranges_of(const PortSet& ports) {
  std::vector<PortRange> ranges;
  for (uint32_t port = 0; port <= 0xffff; port++) {
    const auto here = static_cast<uint16_t>(port);
    if (!ports.has(here)) continue;
    if (!ranges.empty() && ranges.back().to + 1u == port)
      ranges.back().to = here;
    else
      ranges.push_back({here, here});
  }
  return ranges;
}

std::vector<PortRange> coarsened(std::vector<PortRange> ranges, size_t limit) {
  limit = std::max<size_t>(limit, 1);
  if (ranges.size() <= limit) return ranges;
  const auto gap_before = [&](size_t at) { return ranges[at].from - ranges[at - 1].to; };
  std::vector<int> gaps;
  for (size_t at = 1; at < ranges.size(); at++) gaps.push_back(gap_before(at));
  // Gaps under the threshold are closed, and of those that equal it as many as it takes.
  const size_t surplus = ranges.size() - limit;
  const auto middle = gaps.begin() + static_cast<ptrdiff_t>(surplus - 1);
  std::nth_element(gaps.begin(), middle, gaps.end());
  const int threshold = *middle;
  auto equal_left =
      surplus - static_cast<size_t>(std::count_if(gaps.begin(), gaps.end(),
                                                  [&](int gap) { return gap < threshold; }));

  std::vector<PortRange> merged = {ranges[0]};
  for (size_t at = 1; at < ranges.size(); at++) {
    const bool is_equal = gap_before(at) == threshold && equal_left > 0;
    if (is_equal) equal_left--;
    if (is_equal || gap_before(at) < threshold)
      merged.back().to = ranges[at].to;
    else
      merged.push_back(ranges[at]);
  }
  return merged;
}

}  // namespace filter
