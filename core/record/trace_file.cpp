#include "core/record/trace_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "core/sys/fd_util.h"

namespace latimer {

std::string part_path(const std::string& path, unsigned part) {
  if (part <= 1) return path;
  const std::size_t slash = path.rfind('/');
  const std::size_t name = slash == std::string::npos ? 0 : slash + 1;
  std::size_t dot = path.size();
  for (const std::string_view suffix : {".zst", ".csv"}) {
    if (dot - name > suffix.size() && std::string_view(path).substr(0, dot).ends_with(suffix))
      dot -= suffix.size();
  }
  return fmt::format("{}.{}{}", path.substr(0, dot), part, path.substr(dot));
}

Result<TraceFile> TraceFile::create(const TraceFileOptions& options, TraceEnds ends) {
  TraceFile file(options, std::move(ends));
  if (options.keep > 0 && ::access(part_path(options.path, 2).c_str(), F_OK) == 0)
    return Error{Errc::usage,
                 fmt::format("{} is there: a part of an earlier trace", part_path(options.path, 2)),
                 "remove the parts of that one, or give another name: they would be read together"};
  if (options.path.ends_with(".zst")) {
    auto encoder = ZstdEncoder::create();
    if (!encoder) return std::move(encoder).error();
    file.encoder_ = std::move(encoder).value();
  }
  if (Status opened = file.open_part(); !opened) return std::move(opened).error();
  return file;
}

Status TraceFile::open_part() {
  const std::string path = part_path(options_.path, ++part_);
  if (path == "-") {
    fd_.reset(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  } else {
    fd_.reset(open_for_writing(path, 0, options_.interrupted));
  }
  if (!fd_) {
    const int number = errno;
    if (number == EINTR) return Error{Errc::io, fmt::format("{}: nobody has come to read it", path), ""};
    return Error{number == EACCES || number == EPERM || number == EROFS ? Errc::permission : Errc::io,
                 fmt::format("cannot write {}: {}", path, errno_text(number)), ""};
  }
  struct stat info {};
  regular_ = path != "-" && ::fstat(fd_.get(), &info) == 0 && S_ISREG(info.st_mode);
  if (regular_ && ::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return Error{Errc::usage, fmt::format("{}: another latimer records into it", path), "give another file"};
  if (regular_ && ::ftruncate(fd_.get(), 0) != 0)
    return Error{Errc::io, fmt::format("cannot write {}: {}", path, errno_text(errno)), ""};
  paths_.push_back(path);
  written_ = 0;
  return put(ends_.begin(part_));
}

// Of `text`, `put` bytes are in the file behind what was there before.
void TraceFile::cut_to_whole_rows(std::string_view text, std::size_t put) const {
  if (!regular_ || encoder_) return;  // a frame that was cut is read as far as it goes
  const std::size_t end = text.substr(0, put).rfind('\n');
  const std::uint64_t whole = written_ + (end == std::string_view::npos ? 0 : end + 1);
  static_cast<void>(::ftruncate(fd_.get(), static_cast<off_t>(whole)));
}

Status TraceFile::put(std::string_view text) {
  if (failure_) return *failure_;
  if (encoder_) {
    packed_.clear();
    if (Status packed = encoder_->flush(text, packed_); !packed) return packed;
    text = packed_;
  }
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t wrote = ::write(fd_.get(), text.data() + done, text.size() - done);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) {
      const int number = errno;
      cut_to_whole_rows(text, done);
      failure_ =
          Error{Errc::io, fmt::format("cannot write {}: {}", paths_.back(), errno_text(number)),
                number == ENOSPC || number == EDQUOT
                    ? "what was recorded until then can be read; --max-size with --rotate bounds a trace"
                    : ""};
      return *failure_;
    }
    done += static_cast<std::size_t>(wrote);
  }
  written_ += text.size();
  return {};
}

Status TraceFile::close_part(bool last) {
  if (Status ended = put(ends_.end(part_, last)); !ended) return ended;
  if (encoder_) {
    packed_.clear();
    if (Status ended = encoder_->end(packed_); !ended) return ended;
    if (!write_all(fd_.get(), packed_).ok())
      return Error{Errc::io, fmt::format("cannot write {}: {}", paths_.back(), errno_text(errno)), ""};
    written_ += packed_.size();
  }
  // close() is where a network file system reports what it could not store.
  if (::close(fd_.release()) != 0)
    return Error{Errc::io, fmt::format("cannot write {}: {}", paths_.back(), errno_text(errno)), ""};
  return {};
}

Status TraceFile::next_part() {
  if (Status closed = close_part(false); !closed) return closed;
  if (Status opened = open_part(); !opened) return opened;
  while (paths_.size() > options_.keep) {
    ::unlink(paths_.front().c_str());
    paths_.erase(paths_.begin());
  }
  return {};
}

Status TraceFile::write(std::string_view rows) {
  if (rows.empty() || full_) return {};
  if (Status written = put(rows); !written) return written;
  if (!options_.max_bytes || written_ < *options_.max_bytes) return {};
  if (options_.keep > 0) return next_part();
  full_ = true;
  return {};
}

Status TraceFile::finish() {
  if (failure_) return *failure_;
  return close_part(true);
}

}  // namespace latimer
