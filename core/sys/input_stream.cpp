#include "core/sys/input_stream.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "core/model/text_escape.h"
#include "core/sys/fd_util.h"
#include "core/sys/gzip_decoder.h"
#include "core/sys/zstd_decoder.h"

namespace latimer {
namespace {

constexpr std::size_t kRawSize = std::size_t{128} << 10;  // a zstd block is at most that long

Error open_error(const std::string& path, int number) {
  const std::string message = "cannot open " + path + ": " + errno_text(number);
  switch (number) {
    case ENOENT:
    case ENOTDIR:
      return {Errc::not_found, message, "check the name; - stands for standard input"};
    case EACCES:
    case EPERM:
      return {Errc::permission, message, "see who may read it: namei -l " + path};
    default:
      return {Errc::io, message, ""};
  }
}

std::string mebibytes(unsigned log) { return std::to_string(std::uint64_t{1} << (log - 20)) + " MiB"; }

}  // namespace

const char* to_string(Compression compression) {
  switch (compression) {
    case Compression::gzip:
      return "gzip";
    case Compression::zstd:
      return "zstd";
    case Compression::none:
      break;
  }
  return "none";
}

Result<InputStream> InputStream::open(const std::string& path) {
  InputStream stream;
  Status status = path == "-" ? stream.open_standard_input() : stream.open_path(path);
  if (status.ok()) status = stream.note_kind();
  if (!status.ok()) return std::move(status).error();
  return stream;
}

Status InputStream::open_path(const std::string& path) {
  name_ = escape_bytes(path);
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return open_error(name_, errno);
  if (S_ISSOCK(info.st_mode)) {
    return Error{Errc::usage, "cannot read " + name_ + ": it is a socket",
                 "name a file or a FIFO, or pipe its data to standard input: -"};
  }
  // A FIFO would keep open() waiting for a writer, and signals that are read from a descriptor would not end
  // that.
  await_writer_ = S_ISFIFO(info.st_mode);
  fd_.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | (await_writer_ ? O_NONBLOCK : 0)));
  if (!fd_) return open_error(name_, errno);
  return {};
}

Status InputStream::open_standard_input() {
  name_ = "standard input";
  // main() puts an O_PATH descriptor where a closed one was.
  const int flags = ::fcntl(STDIN_FILENO, F_GETFL);
  if (flags >= 0 && (flags & O_PATH) != 0) {
    return Error{Errc::io, "cannot read standard input: it is closed",
                 "name a file, or connect one: < FILE, or COMMAND |"};
  }
  fd_.reset(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (fd_) return {};
  if (errno == EBADF) {
    return Error{Errc::io, "cannot read standard input: it is closed",
                 "name a file, or connect one: < FILE, or COMMAND |"};
  }
  return Error{Errc::io, "cannot read standard input: " + errno_text(errno), ""};
}

Status InputStream::note_kind() {
  struct stat info {};
  if (::fstat(fd_.get(), &info) != 0)
    return Error{Errc::io, "cannot read " + name_ + ": " + errno_text(errno), ""};
  if (S_ISDIR(info.st_mode))
    return Error{Errc::usage, "cannot read " + name_ + ": it is a directory", "name a file in it"};
  if (!S_ISREG(info.st_mode)) return {};
  const off_t at = ::lseek(fd_.get(), 0, SEEK_CUR);
  start_ = at > 0 ? static_cast<std::uint64_t>(at) : 0;
  const auto whole = static_cast<std::uint64_t>(info.st_size);
  size_ = whole > start_ ? whole - start_ : 0;
  ::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_SEQUENTIAL);  // twice the read-ahead; only advice
  return {};
}

bool InputStream::buffered() const {
  return failure_ || ended_ || raw_ended_ || more_inside_ || (sniffed_ && raw_begin_ < raw_end_);
}

Result<InputStream::Read> InputStream::read(std::span<char> into) {
  if (failure_) return *failure_;
  if (ended_) return Read{0, true};
  if (into.empty()) return Read{};
  if (!sniffed_) {
    if (Status status = sniff(); !status.ok()) {
      failure_ = std::move(status).error();
      return *failure_;
    }
    if (!sniffed_) return Read{};
  }
  Result<Read> result = decoder_ ? read_packed(into) : read_plain(into);
  if (!result.ok()) failure_ = result.error();
  return result;
}

Result<std::size_t> InputStream::read_raw(std::span<char> into) {
  constexpr auto kForever = std::chrono::steady_clock::time_point::max();
  if (await_writer_) {
    (void)wait_readable(fd_.get(), kForever);
    await_writer_ = false;
  }
  for (;;) {
    const ssize_t got = ::read(fd_.get(), into.data(), into.size());
    if (got >= 0) {
      raw_ended_ = got == 0;
      consumed_ += static_cast<std::uint64_t>(got);
      return static_cast<std::size_t>(got);
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) break;
    // Whoever shares standard input has made it non-blocking, or it is a FIFO.
    (void)wait_readable(fd_.get(), kForever);
  }
  const int number = errno;
  return Error{
      number == EACCES || number == EPERM ? Errc::permission : Errc::io,
      "cannot read " + name_ + " at byte " + std::to_string(start_ + consumed_) + ": " + errno_text(number),
      number == EIO ? "everything before was read; the kernel's log may say why: dmesg"
                    : "everything before was read"};
}

// Appends what one read(2) gives to the raw bytes in hand.
Status InputStream::refill() {
  if (!raw_) raw_ = std::make_unique_for_overwrite<char[]>(kRawSize);
  if (raw_begin_ == raw_end_) raw_begin_ = raw_end_ = 0;
  Result<std::size_t> got = read_raw({raw_.get() + raw_end_, kRawSize - raw_end_});
  if (!got.ok()) return std::move(got).error();
  raw_end_ += *got;
  return {};
}

// Reads until the magic is decided; leaves !sniffed_ when that needs more than what there is.
Status InputStream::sniff() {
  if (Status status = refill(); !status.ok()) return status;
  const MagicMatch gzip = match_gzip(raw());
  const MagicMatch zstd = match_zstd(raw());
  const bool undecided = gzip == MagicMatch::partial || zstd == MagicMatch::partial;
  if (undecided && !raw_ended_) return {};
  sniffed_ = true;
  if (gzip != MagicMatch::yes && zstd != MagicMatch::yes) return {};  // also what ends within a magic
  compression_ = gzip == MagicMatch::yes ? Compression::gzip : Compression::zstd;
  Result<std::unique_ptr<StreamDecoder>> decoder =
      gzip == MagicMatch::yes ? make_gzip_decoder() : make_zstd_decoder();
  if (!decoder.ok()) return std::move(decoder).error();
  decoder_ = std::move(decoder).value();
  return {};
}

Result<InputStream::Read> InputStream::read_plain(std::span<char> into) {
  if (raw_begin_ < raw_end_) {
    const std::size_t count = std::min(into.size(), raw_end_ - raw_begin_);
    std::memcpy(into.data(), raw_.get() + raw_begin_, count);
    raw_begin_ += count;
    if (raw_begin_ == raw_end_) raw_.reset();  // the rest goes directly into `into`
    return Read{count, false};
  }
  if (!raw_ended_) {
    Result<std::size_t> got = read_raw(into);
    if (!got.ok()) return std::move(got).error();
    if (*got > 0) return Read{*got, false};
  }
  ended_ = true;
  return Read{0, true};
}

Result<InputStream::Read> InputStream::read_packed(std::span<char> into) {
  if (raw_begin_ == raw_end_ && !more_inside_ && !raw_ended_) {
    if (Status status = refill(); !status.ok()) return std::move(status).error();
  }
  const StreamDecoder::Step step = decoder_->decode(raw(), into);
  raw_begin_ += step.taken;
  more_inside_ = !step.fault && step.made == into.size();
  if (step.fault) failure_ = error_of(*step.fault);
  if (step.made > 0) return Read{step.made, false};
  if (failure_) return *failure_;
  if (raw_begin_ < raw_end_ || !raw_ended_) return Read{};
  if (const auto fault = decoder_->finish()) return error_of(*fault);
  ended_ = true;
  return Read{0, true};
}

Error InputStream::error_of(const DecodeFault& fault) const {
  const std::string format = to_string(compression_);
  const std::string place = " at byte " + std::to_string(start_ + fault.offset);
  switch (fault.kind) {
    case DecodeFault::Kind::truncated:
      return {Errc::truncated, "cannot read " + name_ + ": unexpected end of " + format + " data" + place,
              "what could be unpacked was read; it is cut off or still being written: get the whole of it"};
    case DecodeFault::Kind::damaged:
      return {Errc::io,
              "cannot read " + name_ + ": damaged " + format + " data" + place + ": " + fault.detail,
              "what came before was read, and its last part may be wrong; get another copy. " + format +
                  " -t checks it"};
    case DecodeFault::Kind::garbage:
      return {Errc::io, "cannot read " + name_ + ": trailing garbage after " + format + " data" + place,
              "all of the " + format + " data was read; this keeps only that: head -c " +
                  std::to_string(start_ + fault.offset)};
    case DecodeFault::Kind::window:
      return {
          Errc::unsupported,
          "cannot read " + name_ + ": the zstd frame" + place +
              " needs more memory: zstd --long=" + std::to_string(fault.window_log),
          "its window is up to " + mebibytes(fault.window_log) + ", " + mebibytes(kZstdWindowLog) +
              " is the limit; unpack it into a pipe: zstd -dc --long=" + std::to_string(fault.window_log)};
    case DecodeFault::Kind::resources:
      break;
  }
  return {Errc::unavailable, "cannot read " + name_ + place + ": " + fault.detail,
          "give it more memory, or unpack it into a pipe: " + format + " -dc"};
}

}  // namespace latimer
