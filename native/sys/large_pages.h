#pragma once
#include <cstddef>
#include <span>

namespace sys {

/// What a large page holds where others hold 4 KiB. Where they hold more, there are no pages of
/// this size, and `use_large_pages` finds nothing to do.
constexpr size_t kLargePage = size_t{2} << 20;

/// Has the kernel move what lies here into large pages, of which a processor finds 512 times as
/// much with one look-up (madvise(2), MADV_COLLAPSE, from Linux 6.1 on). Meanwhile others may use
/// it: who touches the page at hand waits for its copy, half a millisecond, and goes on before the
/// next. What the kernel can't do stays as it is.
void use_large_pages(std::span<std::byte> memory);

}  // namespace sys
