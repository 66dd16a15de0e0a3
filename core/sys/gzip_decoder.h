// gzip (RFC 1952) by zlib: members one after the other, zeros after the last one.
#pragma once

#include <memory>
#include <span>

#include "core/model/result.h"
#include "core/sys/stream_decoder.h"

namespace latimer {

[[nodiscard]] MagicMatch match_gzip(std::span<const char> start);

[[nodiscard]] Result<std::unique_ptr<StreamDecoder>> make_gzip_decoder();

}  // namespace latimer
