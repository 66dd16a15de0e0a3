// StreamDecoder: unpacks a compressed stream piece by piece. Knows neither files nor names: InputStream feeds
// it and words its faults.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace latimer {

// Whether bytes from the start of a stream are the magic of a format. partial: as far as they go, yes.
enum class MagicMatch { no, partial, yes };

struct DecodeFault {
  enum class Kind {
    truncated,  // the input ends inside a member or frame
    damaged,    // a checksum, a length or the coding is wrong
    garbage,    // after a complete member or frame follows what is none
    window,     // the frame asks for a larger window than is granted
    resources,  // the library could not get what it needs
  };
  Kind kind = Kind::damaged;
  std::uint64_t offset = 0;  // packed bytes from the start of the stream
  std::string detail;        // the library's words; may be empty
  unsigned window_log = 0;   // Kind::window: log2 of the bytes that it asks for, rounded up
};

// One thread at a time. Not copied or moved: the libraries' states point to themselves.
class StreamDecoder {
 public:
  StreamDecoder() = default;
  StreamDecoder(const StreamDecoder&) = delete;
  StreamDecoder& operator=(const StreamDecoder&) = delete;
  virtual ~StreamDecoder() = default;

  struct Step {
    std::size_t taken = 0;             // of `in`; less than all of it only when `out` is full or at a fault
    std::size_t made = 0;              // in `out`: valid in any case, also beside a fault
    std::optional<DecodeFault> fault;  // final: decode() is not to be called again
  };
  // When made == out.size(), more may wait inside: call again, also with an empty `in`. `out` is not empty.
  [[nodiscard]] virtual Step decode(std::span<const char> in, std::span<char> out) = 0;

  // Nothing follows, and a decode() with room in `out` has made nothing: a fault unless a member or frame, or
  // the padding after it, has just ended.
  [[nodiscard]] virtual std::optional<DecodeFault> finish() const = 0;
};

}  // namespace latimer
