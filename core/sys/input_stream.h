// InputStream: the bytes of a file, a pipe or standard input, unpacked when they are gzip or zstd. What they
// are is seen in the bytes themselves, not in the name: logs get renamed, and a pipe has none.
//
// Memory is bounded: 128 KiB of raw bytes, and what the decoder needs (gzip 32 KiB; zstd the window of the
// frame, at most 128 MiB). Nothing is mapped, as a file that shrinks would then be a SIGBUS.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/model/result.h"
#include "core/sys/stream_decoder.h"
#include "core/sys/unique_fd.h"

namespace latimer {

enum class Compression { none, gzip, zstd };

[[nodiscard]] const char* to_string(Compression compression);

// One thread at a time. Owns its descriptor; standard input is duplicated, and its flags are left alone.
class InputStream {
 public:
  // "-" is standard input. Does not wait for a FIFO's writer: fd() gets readable when there is one.
  [[nodiscard]] static Result<InputStream> open(const std::string& path);

  struct Read {
    std::size_t bytes = 0;  // 0 without `end`: more raw bytes are needed first
    bool end = false;       // the input ended as it should; bytes is 0, and every later read() says the same
  };
  // Some bytes into `into`, at most its size. Makes at most one read(2) that waits. An error comes after
  // everything that could be read before it, and stays.
  [[nodiscard]] Result<Read> read(std::span<char> into);

  // To be polled: readable when read() will not block. For regular files always (epoll refuses those: EPERM).
  // Do not wait for it while buffered().
  [[nodiscard]] int fd() const { return fd_.get(); }
  // read() will answer from memory, whatever fd() is.
  [[nodiscard]] bool buffered() const;

  // Of a regular file: raw bytes from where reading began to the end, as of open(). It may grow or shrink,
  // and files of /proc say 0: good for progress, not for a proof. nullopt: not a regular file.
  [[nodiscard]] std::optional<std::uint64_t> size() const { return size_; }
  // Raw bytes read from the descriptor so far; they may be ahead of what read() gave.
  [[nodiscard]] std::uint64_t consumed() const { return consumed_; }
  // none until known: after the first read() that gave bytes, end or an error.
  [[nodiscard]] Compression compression() const { return compression_; }
  // As in messages: the path, escaped, or "standard input".
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  InputStream() = default;
  [[nodiscard]] Status open_path(const std::string& path);
  [[nodiscard]] Status open_standard_input();
  [[nodiscard]] Status note_kind();
  [[nodiscard]] Result<std::size_t> read_raw(std::span<char> into);
  [[nodiscard]] Status refill();
  [[nodiscard]] Status sniff();
  [[nodiscard]] Result<Read> read_plain(std::span<char> into);
  [[nodiscard]] Result<Read> read_packed(std::span<char> into);
  [[nodiscard]] Error error_of(const DecodeFault& fault) const;
  [[nodiscard]] std::span<const char> raw() const { return {raw_.get() + raw_begin_, raw_end_ - raw_begin_}; }

  UniqueFd fd_;
  std::string name_;
  std::optional<std::uint64_t> size_;
  std::uint64_t start_ = 0;  // file offset where reading began: standard input may have been read before
  std::uint64_t consumed_ = 0;
  Compression compression_ = Compression::none;
  bool await_writer_ = false;  // a FIFO that has had no writer yet: read(2) would say that it ended
  bool sniffed_ = false;
  bool more_inside_ = false;  // the decoder may hold bytes that `into` had no room for
  bool raw_ended_ = false;    // read(2) has said 0
  bool ended_ = false;
  std::optional<Error> failure_;

  // Raw bytes in hand: [raw_begin_, raw_end_) of kRawSize. Plain input uses it for its start only.
  std::unique_ptr<char[]> raw_;
  std::size_t raw_begin_ = 0;
  std::size_t raw_end_ = 0;
  std::unique_ptr<StreamDecoder> decoder_;  // null: plain
};

}  // namespace latimer
