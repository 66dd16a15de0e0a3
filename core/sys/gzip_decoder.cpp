#include "core/sys/gzip_decoder.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace latimer {
namespace {

constexpr int kGzipOnly = 16;  // added to the window bits: neither zlib's own header nor raw deflate
constexpr std::size_t kMagicSize = 2;

uInt clamp_size(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

class GzipDecoder final : public StreamDecoder {
 public:
  ~GzipDecoder() override { ::inflateEnd(&stream_); }

  int init() { return ::inflateInit2(&stream_, MAX_WBITS + kGzipOnly); }

  Step decode(std::span<const char> in, std::span<char> out) override {
    Step step;
    do {
      if (state_ == State::member)
        inflate_some(in, out, step);
      else
        between_members(in, step);
    } while (!step.fault && step.taken < in.size() && step.made < out.size());
    return step;
  }

  [[nodiscard]] std::optional<DecodeFault> finish() const override {
    if (state_ != State::member) return std::nullopt;
    return fault(DecodeFault::Kind::truncated, position_, "");
  }

 private:
  // padding: zeros after a member. As for gzip(1), nothing but zeros may follow them then.
  enum class State { member, boundary, padding };

  static DecodeFault fault(DecodeFault::Kind kind, std::uint64_t offset, const char* detail) {
    return DecodeFault{kind, offset, detail != nullptr ? detail : "", 0};
  }

  void inflate_some(std::span<const char> in, std::span<char> out, Step& step) {
    // zlib does not write through next_in, it only lacks the const without ZLIB_CONST.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data() + step.taken));
    stream_.avail_in = clamp_size(in.size() - step.taken);
    stream_.next_out = reinterpret_cast<Bytef*>(out.data() + step.made);
    stream_.avail_out = clamp_size(out.size() - step.made);
    const uInt offered = stream_.avail_in;
    const uInt room = stream_.avail_out;
    const int code = ::inflate(&stream_, Z_NO_FLUSH);
    step.taken += offered - stream_.avail_in;
    position_ += offered - stream_.avail_in;
    step.made += room - stream_.avail_out;  // up to an error, zlib has delivered all it could
    switch (code) {
      case Z_OK:
        return;
      case Z_BUF_ERROR:
        if (offered == 0) return;  // asked for what was left inside, and there was nothing
        break;                     // neither takes nor makes: going on would be for ever
      case Z_STREAM_END:
        state_ = State::boundary;
        member_end_ = position_;
        return;
      case Z_MEM_ERROR:
        step.fault = fault(DecodeFault::Kind::resources, position_, "out of memory");
        return;
      default:
        break;
    }
    // zlib looks at the magic once it has both bytes; what fails there was never a member.
    if (member_end_ > 0 && position_ - member_end_ <= kMagicSize)
      step.fault = fault(DecodeFault::Kind::garbage, member_end_, "");
    else
      step.fault = fault(DecodeFault::Kind::damaged, position_, stream_.msg);
  }

  void between_members(std::span<const char> in, Step& step) {
    if (step.taken == in.size()) return;
    if (in[step.taken] == '\0') {
      const auto rest = in.subspan(step.taken);
      const auto zeros = static_cast<std::size_t>(
          std::find_if(rest.begin(), rest.end(), [](char byte) { return byte != '\0'; }) - rest.begin());
      step.taken += zeros;
      position_ += zeros;
      state_ = State::padding;
      return;
    }
    if (state_ == State::padding || match_gzip(in.subspan(step.taken, 1)) == MagicMatch::no) {
      step.fault = fault(DecodeFault::Kind::garbage, member_end_, "");
      return;
    }
    ::inflateReset(&stream_);
    state_ = State::member;
  }

  z_stream stream_{};
  State state_ = State::member;
  std::uint64_t position_ = 0;    // packed bytes taken
  std::uint64_t member_end_ = 0;  // of the last complete member; 0: there is none yet
};

}  // namespace

MagicMatch match_gzip(std::span<const char> start) {
  constexpr char kMagic[kMagicSize] = {'\x1f', '\x8b'};
  const std::size_t known = std::min(start.size(), kMagicSize);
  if (!std::equal(start.begin(), start.begin() + static_cast<std::ptrdiff_t>(known), kMagic))
    return MagicMatch::no;
  return known == kMagicSize ? MagicMatch::yes : MagicMatch::partial;
}

Result<std::unique_ptr<StreamDecoder>> make_gzip_decoder() {
  auto decoder = std::make_unique<GzipDecoder>();
  if (decoder->init() != Z_OK) return Error{Errc::unavailable, "cannot start zlib: out of memory", ""};
  return std::unique_ptr<StreamDecoder>(std::move(decoder));
}

}  // namespace latimer
