// zstd (RFC 8878) by libzstd: frames one after the other, skippable ones among them.
#pragma once

#include <memory>
#include <span>

#include "core/model/result.h"
#include "core/sys/stream_decoder.h"

namespace latimer {

// log2 of the window that is granted, in bytes: what zstd(1) grants without --long and --memory.
constexpr unsigned kZstdWindowLog = 27;

[[nodiscard]] MagicMatch match_zstd(std::span<const char> start);

[[nodiscard]] Result<std::unique_ptr<StreamDecoder>> make_zstd_decoder();

}  // namespace latimer
