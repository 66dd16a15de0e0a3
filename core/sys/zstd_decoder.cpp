#include "core/sys/zstd_decoder.h"

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <array>
#include <bit>

namespace latimer {
namespace {

constexpr std::size_t kMagicSize = 4;
constexpr std::size_t kHeaderSize =
    14;  // magic, descriptor, window or dictionary id, content size: RFC 8878, 3.1.1
constexpr std::size_t kBlockHeaderSize = 3;
constexpr unsigned kLargestWindowLog = 31;  // of zstd --long; nobody makes frames that ask for more
constexpr std::size_t kFrameStartHint = 5;  // what ZSTD_initDStream() returns

std::uint64_t little_endian(std::span<const char> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

// log2 of the window that a frame's header asks for, rounded up. RFC 8878, 3.1.1.1; the library's own reader
// of headers is not in its stable interface.
unsigned window_log_of(std::span<const char, kHeaderSize> header) {
  const auto descriptor = static_cast<unsigned char>(header[kMagicSize]);
  std::uint64_t window = 0;
  if ((descriptor & 0x20) == 0) {
    const auto byte = static_cast<unsigned char>(header[kMagicSize + 1]);
    const std::uint64_t base = std::uint64_t{1} << (10 + (byte >> 3));
    window = base + base / 8 * (byte & 7U);
  } else {  // a single segment: the window is the whole content
    constexpr std::size_t kDictionaryIdSize[] = {0, 1, 2, 4};
    constexpr std::size_t kContentSize[] = {1, 2, 4, 8};
    window = little_endian(
        header.subspan(kMagicSize + 1 + kDictionaryIdSize[descriptor & 3], kContentSize[descriptor >> 6]));
  }
  return window <= 1 ? 0 : static_cast<unsigned>(std::bit_width(window - 1));
}

class ZstdDecoder final : public StreamDecoder {
 public:
  ~ZstdDecoder() override { ::ZSTD_freeDCtx(context_); }

  bool init() {
    context_ = ::ZSTD_createDCtx();
    return context_ != nullptr &&
           ::ZSTD_isError(::ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, kZstdWindowLog)) == 0;
  }

  Step decode(std::span<const char> in, std::span<char> out) override {
    Step step;
    if (more_inside_) advance({}, out, step);
    while (!step.fault && step.made < out.size() && step.taken < in.size())
      advance(next_piece(in.subspan(step.taken)), out, step);
    // Bytes that the library has made but found no room for come out with the next call.
    more_inside_ = !step.fault && step.made == out.size();
    return step;
  }

  [[nodiscard]] std::optional<DecodeFault> finish() const override {
    if (header_size_ == 0) return std::nullopt;
    return DecodeFault{DecodeFault::Kind::truncated, position_, "", 0};
  }

 private:
  // No more than what the library needs for its next step, a block or a header: at an error it does not say
  // how much it has made before in the same call, which would be lost. Its hint for a block includes the
  // following block's header. For a checksum, which has none after it, the piece is too small; that is
  // harmless.
  [[nodiscard]] std::span<const char> next_piece(std::span<const char> in) const {
    const std::size_t need = hint_ > kBlockHeaderSize ? hint_ - kBlockHeaderSize : hint_;
    return in.first(std::clamp<std::size_t>(need, 1, in.size()));
  }

  void advance(std::span<const char> piece, std::span<char> out, Step& step) {
    note_header(piece);
    if (frame_start_ > 0 &&
        match_zstd(std::span(header_).first(std::min(header_size_, kMagicSize))) == MagicMatch::no) {
      step.fault = DecodeFault{DecodeFault::Kind::garbage, frame_start_, "", 0};
      return;
    }
    ZSTD_inBuffer from{piece.data(), piece.size(), 0};
    ZSTD_outBuffer to{out.data() + step.made, out.size() - step.made, 0};
    const std::size_t hint = ::ZSTD_decompressStream(context_, &to, &from);
    if (::ZSTD_isError(hint) != 0) {
      step.fault = fault_of(hint);
      return;
    }
    step.taken += from.pos;
    step.made += to.pos;
    position_ += from.pos;
    hint_ = hint;
    if (hint == 0) {
      hint_ = kFrameStartHint;
      header_size_ = 0;
      frame_start_ = position_;
    }
  }

  // Keeps the first bytes of a frame. The library takes them all; only at a frame's end it may hand one back
  // until all is out, which may then be here twice, behind what anybody looks at.
  void note_header(std::span<const char> piece) {
    const std::size_t count = std::min(kHeaderSize - header_size_, piece.size());
    std::copy_n(piece.begin(), count, header_.begin() + static_cast<std::ptrdiff_t>(header_size_));
    header_size_ += count;
  }

  [[nodiscard]] DecodeFault fault_of(std::size_t code) const {
    const ZSTD_ErrorCode error = ::ZSTD_getErrorCode(code);
    if (error == ZSTD_error_frameParameter_windowTooLarge) {
      const unsigned log = window_log_of(header_);
      const auto kind = log <= kLargestWindowLog ? DecodeFault::Kind::window : DecodeFault::Kind::damaged;
      return {kind, frame_start_, ::ZSTD_getErrorString(error), log};
    }
    if (error == ZSTD_error_memory_allocation)
      return {DecodeFault::Kind::resources, position_, "out of memory", 0};
    return {DecodeFault::Kind::damaged, position_, ::ZSTD_getErrorString(error), 0};
  }

  ZSTD_DCtx* context_ = nullptr;
  std::size_t hint_ = kFrameStartHint;
  bool more_inside_ = false;
  std::uint64_t position_ = 0;     // packed bytes taken
  std::uint64_t frame_start_ = 0;  // of the frame that is being read; 0: the first one
  std::array<char, kHeaderSize> header_{};
  std::size_t header_size_ = 0;  // 0: between two frames
};

}  // namespace

MagicMatch match_zstd(std::span<const char> start) {
  // 0xFD2FB528, or for skippable frames 0x184D2A50 to 0x184D2A5F, little-endian.
  constexpr char kFrame[kMagicSize] = {'\x28', '\xb5', '\x2f', '\xfd'};
  constexpr char kSkippable[kMagicSize] = {'\x50', '\x2a', '\x4d', '\x18'};
  bool frame = true;
  bool skippable = true;
  const std::size_t known = std::min(start.size(), kMagicSize);
  for (std::size_t i = 0; i < known; ++i) {
    frame = frame && start[i] == kFrame[i];
    skippable = skippable && (i == 0 ? start[i] & 0xf0 : start[i]) == kSkippable[i];
  }
  if (!frame && !skippable) return MagicMatch::no;
  return known == kMagicSize ? MagicMatch::yes : MagicMatch::partial;
}

Result<std::unique_ptr<StreamDecoder>> make_zstd_decoder() {
  auto decoder = std::make_unique<ZstdDecoder>();
  if (!decoder->init()) return Error{Errc::unavailable, "cannot start libzstd: out of memory", ""};
  return std::unique_ptr<StreamDecoder>(std::move(decoder));
}

}  // namespace latimer
