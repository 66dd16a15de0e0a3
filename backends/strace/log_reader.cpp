#include "backends/strace/log_reader.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <cstring>
#include <filesystem>

#include "backends/strace/summary_table.h"
#include "core/model/text_escape.h"
#include "core/sys/fd_util.h"

namespace latimer::strace {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;

constexpr std::size_t kReadBytes = std::size_t{64} << 10;
constexpr std::size_t kSniffBytes = std::size_t{64} << 10;  // or the whole log
constexpr std::size_t kMostListed = 100;
constexpr std::size_t kMostWarnings = 20;
constexpr std::size_t kMostLeftOutNamed = 3;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

constexpr Layout kNoColumns{PidColumn::none, TimeColumn::none, false, false, false};

std::optional<std::uint64_t> size_of_all(const std::vector<LogFile>& logs) {
  std::uint64_t total = 0;
  for (const LogFile& log : logs) {
    std::error_code error;
    if (log.name == "-" || !std::filesystem::is_regular_file(log.name, error)) return std::nullopt;
    total += std::filesystem::file_size(log.name, error);
    if (error) return std::nullopt;
  }
  return total;
}

// Of strace -c; on standard error the program's own words may come before it.
bool holds_table(std::string_view beginning) {
  for (std::size_t at = 0; at < beginning.size();) {
    const std::size_t end = std::min(beginning.find('\n', at), beginning.size());
    if (SummaryTable::begins(beginning.substr(at, end - at))) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace

LogReader::LogReader(std::vector<LogFile> logs, std::string flags, LayoutHints hints)
    : logs_(std::move(logs)),
      flags_(std::move(flags)),
      hints_(hints),
      total_(size_of_all(logs_)),
      stop_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void LogReader::stop() noexcept {
  stopping_ = true;
  const std::uint64_t one = 1;
  (void)!::write(stop_fd_.get(), &one, sizeof one);
}

Progress LogReader::progress() const { return {done_.load(std::memory_order_relaxed), total_}; }

std::vector<LogInput> LogReader::inputs() const {
  const std::lock_guard lock(mutex_);
  return inputs_;
}

void LogReader::Remarks::add(std::string text) {
  if (first.size() < kMostWarnings) {
    first.push_back(std::move(text));
  } else {
    ++more;
  }
}

std::vector<std::string> LogReader::Remarks::told() const {
  std::vector<std::string> texts = first;
  if (more > 0)
    texts.push_back(fmt::format("{} more {} about logs", more, more == 1 ? "warning" : "warnings"));
  return texts;
}

std::vector<std::string> LogReader::warnings() const {
  const std::lock_guard lock(mutex_);
  return warnings_.told();
}

std::vector<std::string> LogReader::doubts() const {
  const std::lock_guard lock(mutex_);
  return doubts_.told();
}

void LogReader::doubt(std::string text) {
  const std::lock_guard lock(mutex_);
  doubts_.add(std::move(text));
}

void LogReader::warn(std::string text) {
  const std::lock_guard lock(mutex_);
  warnings_.add(std::move(text));
}

Status LogReader::open_next() {
  const LogFile& log = logs_[next_++];
  Result<InputStream> stream = InputStream::open(log.name);
  if (!stream) return std::move(stream).error();
  stream_ = std::move(stream).value();
  if (log.family != family_) family_columns_.reset();
  family_ = log.family;
  begun_ = given_ = at_end_ = skipping_ = false;
  used_ = searched_ = 0;
  sniff_bytes_ = kSniffBytes;
  offset_ = 0;
  const std::lock_guard lock(mutex_);
  if (inputs_.size() < kMostListed) inputs_.push_back({log.name, "", 0, stream_->size(), ""});
  return {};
}

// What is known of the log by now.
void LogReader::note_input() {
  done_.store(closed_bytes_ + stream_->consumed(), std::memory_order_relaxed);
  if (next_ > kMostListed) return;
  const std::lock_guard lock(mutex_);
  LogInput& input = inputs_[next_ - 1];
  input.bytes = stream_->consumed();
  if (stream_->compression() != Compression::none) input.compression = to_string(stream_->compression());
  if (begun_) input.columns = flags_of(sniffed_);
  if (begun_ && current().tid != 0 && columns_.pid == PidColumn::none)
    input.columns = "-ff" + (columns_ == kNoColumns ? "" : " " + input.columns);
}

void LogReader::close() {
  if (at_end_ && stream_->size().value_or(0) > stream_->consumed())
    warn(fmt::format("{}: {} bytes shorter than when it was opened", name(),
                     *stream_->size() - stream_->consumed()));
  note_input();
  closed_bytes_ += stream_->consumed();
  stream_.reset();
}

void LogReader::wait(TimePoint deadline) const {
  pollfd items[2] = {{stream_->fd(), POLLIN, 0}, {stop_fd_.get(), POLLIN, 0}};
  ::poll(items, 2, poll_timeout(deadline));
}

int LogReader::waits_for() const {
  if (!stream_ || stream_->size() || stream_->buffered()) return -1;
  return stream_->fd();
}

Result<LogReader::State> LogReader::fill(TimePoint deadline) {
  if (waits_for() >= 0) {
    pollfd item{stream_->fd(), POLLIN, 0};
    if (::poll(&item, 1, 0) <= 0) wait(deadline);
    if (stopping_ || ::poll(&item, 1, 0) <= 0) return State::idle;
  }
  const std::size_t wanted = used_ + kReadBytes + Skimmer::kPadding;
  if (data_.size() < wanted) data_.resize(wanted + used_);
  const auto read = stream_->read({data_.data() + used_, kReadBytes});
  if (!read) {
    // What came before the error has been given; the rest of it is a line without end.
    at_end_ = true;
    failure_ = read.error();
    return State::ready;
  }
  used_ += read->bytes;
  at_end_ = read->end;
  text_bytes_.fetch_add(read->bytes, std::memory_order_relaxed);
  note_input();
  return State::ready;
}

// One line at least, however long.
bool LogReader::enough_to_sniff() {
  if (used_ < sniff_bytes_ + kByteOrderMark.size()) return false;
  if (used_ > kLongestLine || content_kind(in_hand().substr(0, kSniffBytes)) != ContentKind::text)
    return true;
  const bool whole_line = std::memchr(data_.data() + searched_, '\n', used_ - searched_) != nullptr;
  if (!whole_line) searched_ = used_;
  if (whole_line && !has_lines(in_hand().substr(0, sniff_bytes_))) {
    sniff_bytes_ *= 2;  // nothing but messages and tables so far
    return false;
  }
  return whole_line;
}

// Enough of the log's beginning to tell its columns.
Result<LogReader::State> LogReader::gather(TimePoint deadline) {
  while (!at_end_ && !stopping_ && !enough_to_sniff()) {
    Result<State> filled = fill(deadline);
    if (!filled || *filled == State::idle) return filled;
  }
  return State::ready;
}

Result<Sniffed> LogReader::sniff_columns(std::string_view beginning) const {
  if (family_columns_) {
    const Sniffed same = try_columns(beginning, *family_columns_);
    if (same.fitting == same.lines) return same;
  }
  const Sniffed sniffed = sniff(beginning, hints_);
  if (flags_.empty()) return sniffed;
  const Sniffed free = sniff(beginning, LayoutHints{});
  if (sniffed.fitting * 2 >= free.fitting) return sniffed;
  return Error{
      Errc::usage,
      fmt::format("--input-flags \"{}\": only {} of the first {} lines of {} can be read that way", flags_,
                  sniffed.fitting, sniffed.lines, name()),
      fmt::format("{} of them look like the output of strace {}: say that, or leave --input-flags out",
                  free.fitting, flags_of(free.layout))};
}

void LogReader::warn_of_doubts(const Sniffed& sniffed) {
  if (!sniffed.rivals.empty()) {
    warn(
        fmt::format("{}: its lines could be those of strace {} or of strace {}; taken for the former; "
                    "--input-flags \"...\" decides",
                    name(), flags_of(sniffed.layout), flags_of(sniffed.rivals.front())));
  }
  if (sniffed.fitting * 2 < sniffed.lines) {
    doubt(fmt::format("{}: only {} of its first {} lines are records of strace {}", name(), sniffed.fitting,
                      sniffed.lines, flags_of(sniffed.layout)));
  }
}

// Of the log, for messages.
std::string LogReader::name() const {
  const LogFile& log = logs_[next_ - 1];
  return log.name == "-" ? "standard input" : escape_bytes(log.name);
}

// False: it is left out.
Result<bool> LogReader::refuse(ContentKind kind, const std::string& why) {
  if (!current().named) {
    if (left_out_++ < kMostLeftOutNamed) warn(fmt::format("{}: left out: {}", name(), why));
    return false;
  }
  std::string hint(advice_on(kind));
  if (kind == ContentKind::text)
    hint = "if it is one all the same, say what strace was called with: --input-flags \"-f -tt\"";
  return Error{Errc::unsupported, fmt::format("{}: this is no strace log: {}", name(), why), hint};
}

// Finds out what the log's lines begin with. False: it is no log.
Result<bool> LogReader::identify() {
  if (in_hand().starts_with(kByteOrderMark)) {
    std::memmove(data_.data(), data_.data() + kByteOrderMark.size(), used_ - kByteOrderMark.size());
    used_ -= kByteOrderMark.size();
    offset_ += kByteOrderMark.size();
  }
  searched_ = 0;
  const std::size_t first_line = std::min(in_hand().find('\n'), kLongestLine);
  const std::string_view beginning = in_hand().substr(0, std::max(sniff_bytes_, first_line + 1));
  const ContentKind kind = content_kind(beginning);
  if (kind == ContentKind::elf || kind == ContentKind::perf_data || kind == ContentKind::utf16 ||
      kind == ContentKind::tar)
    return refuse(kind, fmt::format("it is {}", describe(kind)));
  const Result<Sniffed> sniffed = sniff_columns(beginning);
  if (!sniffed) return sniffed.error();
  const bool nothing_fits = sniffed->fitting + sniffed->begun == 0 && sniffed->lines > 0;
  if (nothing_fits && flags_.empty() && !failure_ && !holds_table(beginning)) {
    if (kind != ContentKind::text) return refuse(kind, fmt::format("it is {}", describe(kind)));
    const std::string_view first = beginning.substr(0, std::min<std::size_t>(beginning.find('\n'), 60));
    return refuse(kind, fmt::format("none of its first {} lines is a record; it begins with '{}'",
                                    sniffed->lines, escape_bytes(first)));
  }
  sniffed_ = columns_ = sniffed->layout;
  // "[pid N] " comes with the second task, however late that is.
  if (columns_.pid == PidColumn::none && current().tid == 0 && hints_.pid.value_or(true))
    columns_.pid = PidColumn::bracketed;
  if (current().tid != 0 && sniffed->fitting > 0) family_columns_ = columns_;
  warn_of_doubts(*sniffed);
  begun_ = true;
  note_input();
  return true;
}

void LogReader::label(LogBlock& block, std::uint64_t offset, std::size_t size, bool overlong) {
  block.log = next_ - 1;
  block.begins = !std::exchange(given_, true);
  block.ends = false;
  block.columns = columns_;
  block.offset = offset;
  block.overlong = overlong;
  block.size = size;
}

void LogReader::give(LogBlock& block, std::size_t size) {
  label(block, offset_, size, false);
  block.buffer.swap(data_);
  used_ -= size;
  searched_ = used_;
  offset_ += size;
  if (data_.size() < used_ + Skimmer::kPadding) data_.resize(used_ + kReadBytes + Skimmer::kPadding);
  std::memcpy(data_.data(), block.buffer.data() + size, used_);
}

// Whole lines, when there are any.
bool LogReader::cut(LogBlock& block) {
  if (skipping_) return cut_overlong(block);
  const auto* newline =
      static_cast<const char*>(::memrchr(data_.data() + searched_, '\n', used_ - searched_));
  if (newline != nullptr) {
    give(block, static_cast<std::size_t>(newline - data_.data()) + 1);
    return true;
  }
  searched_ = used_;
  if (used_ > kLongestLine) skip_overlong();
  return false;
}

void LogReader::skip_overlong() {
  skipping_ = true;
  overlong_.assign(data_, 0, kKeptOfOverlong);
  overlong_offset_ = offset_;
  offset_ += used_;
  used_ = searched_ = 0;
}

bool LogReader::cut_overlong(LogBlock& block) {
  const auto* newline = static_cast<const char*>(std::memchr(data_.data(), '\n', used_));
  const std::size_t skipped =
      newline != nullptr ? static_cast<std::size_t>(newline - data_.data()) + 1 : used_;
  offset_ += skipped;
  used_ -= skipped;
  std::memmove(data_.data(), data_.data() + skipped, used_);
  searched_ = 0;
  if (newline == nullptr && !at_end_ && !stopping_) return false;
  skipping_ = false;
  label(block, overlong_offset_, overlong_.size(), true);
  const std::size_t wanted = overlong_.size() + Skimmer::kPadding;
  if (block.buffer.size() < wanted) block.buffer.resize(wanted);
  std::memcpy(block.buffer.data(), overlong_.data(), overlong_.size());
  return true;
}

// The end of the log: its last line may have no end.
void LogReader::take_all(LogBlock& block) {
  // Reading was stopped in the middle of a file: the line is cut by nobody but us. Of a pipe it is as far as
  // the writer has come.
  const bool ours = !at_end_ && stream_->size();
  give(block, ours ? 0 : used_);
  block.ends = true;
  close();
}

Result<LogReader::State> LogReader::read(LogBlock& block, TimePoint deadline) {
  for (;;) {
    if (failed_) return State::end;
    if (!stream_) {
      if (failure_) {
        failed_ = true;
        return *std::exchange(failure_, std::nullopt);
      }
      const bool all_read = next_ == logs_.size();
      if (all_read && !stopping_ && left_out_ == logs_.size()) {
        failed_ = true;
        return Error{Errc::unsupported, "there is no strace log among the files of the folder",
                     "the first: " + (warnings_.first.empty() ? std::string("?") : warnings_.first.front())};
      }
      if (all_read && !stopping_) whole_ = true;
      if (all_read || stopping_) {
        if (left_out_ > kMostLeftOutNamed)
          warn(fmt::format("{} other files were left out, too",
                           std::exchange(left_out_, 0) - kMostLeftOutNamed));
        return State::end;
      }
      if (Status opened = open_next(); !opened) {
        failed_ = true;
        return std::move(opened).error();
      }
    }
    if (!begun_) {
      Result<State> gathered = gather(deadline);
      if (!gathered || (*gathered == State::idle && !stopping_)) return gathered;
      const Result<bool> is_log = identify();
      if (!is_log) {
        failed_ = true;
        return is_log.error();
      }
      if (!*is_log) {
        close();
        continue;
      }
    }
    if (cut(block)) return State::ready;
    if (at_end_ || stopping_) {
      take_all(block);
      return State::ready;
    }
    Result<State> filled = fill(deadline);
    if (!filled || (*filled == State::idle && !stopping_)) return filled;
  }
}

}  // namespace latimer::strace
