// SHA-256 (FIPS 180-4) and base64 (RFC 4648): how a page's policy names the one script that may run in it.
// Nothing secret passes through here.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace latimer {

using Sha256 = std::array<std::uint8_t, 32>;

[[nodiscard]] Sha256 sha256(std::string_view bytes);
[[nodiscard]] std::string base64(std::span<const std::uint8_t> bytes);

}  // namespace latimer
