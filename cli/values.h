// Values of options. All are Errc::usage when they are not understood, with the option's name in the message.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/result.h"

namespace latimer {

// 10, 10s, 1.5s, 500ms, 250us, 2m, 1h: a decimal number, seconds without a unit; above 0, at most 10 years.
[[nodiscard]] Result<std::chrono::nanoseconds> parse_time(std::string_view option, std::string_view text);

// 65536, 64K, 8M, 1G (powers of 1024; KiB and KB too); above 0.
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view option, std::string_view text);

// Above 0.
[[nodiscard]] Result<std::uint64_t> parse_count(std::string_view option, std::string_view text);

// Lists of process ids, with commas; without repetitions, in order.
[[nodiscard]] Result<std::vector<std::int32_t>> parse_pids(const std::vector<std::string>& lists);

// The format that the end of a file's name asks for: markdown, html, json, svg, text; empty: none of them.
[[nodiscard]] std::string format_by_name(std::string_view file);

}  // namespace latimer
