// Numbers as people read them. ASCII only, no locale.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace latimer {

// Three significant digits, rounded half up, unit without a blank: 999ns 1.23us 12.3us
// 123us 1.00ms 61.2s 16.7min 2.50h 1.50d. At most 7 characters up to 999 days.
[[nodiscard]] std::string human_duration(std::uint64_t ns);

// A power of two as everybody names it: 2^10 ns is 1us, 2^20 ns 1ms, 2^30 ns 1s. For the edges of buckets.
[[nodiscard]] std::string human_edge(std::uint64_t ns);

// 1,234,567
[[nodiscard]] std::string human_count(std::uint64_t count);

// Per second: 0.33 12.5 1,234
[[nodiscard]] std::string human_rate(std::uint64_t count, std::uint64_t duration_ns);

// 512 B, 1.50 KiB, 14.2 MiB
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);

// 0.0312 -> "3.1%"; what is not 0 is never shown as 0: "<0.01%".
[[nodiscard]] std::string human_percent(double share);

// Columns that a text (valid UTF-8) takes on a terminal, as far as that can be known: one for each character,
// two for East Asian wide ones, none for combining ones.
[[nodiscard]] std::size_t display_width(std::string_view text);

}  // namespace latimer
