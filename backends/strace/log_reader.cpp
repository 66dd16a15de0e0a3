#include "backends/strace/log_reader.h"

#include <fmt/format.h>
#include <sys/eventfd.h>

#include "backends/strace/summary_table.h"
#include "core/model/text_escape.h"
#include "core/record/input_sizes.h"

namespace latimer::strace {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;

constexpr std::size_t kSniffBytes = std::size_t{64} << 10;  // or the whole log
constexpr std::size_t kMostListed = 100;
constexpr std::size_t kMostWarnings = 20;
constexpr std::size_t kMostLeftOutNamed = 3;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

constexpr Layout kNoColumns{PidColumn::none, TimeColumn::none, false, false, false};

std::vector<std::string> names_of(const std::vector<LogFile>& logs) {
  std::vector<std::string> names;
  names.reserve(logs.size());
  for (const LogFile& log : logs) names.push_back(log.name);
  return names;
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
      total_(size_of_all(names_of(logs_))),
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
  text_.emplace(std::move(stream).value(), stop_fd_.get());
  if (log.family != family_) family_columns_.reset();
  family_ = log.family;
  begun_ = given_ = false;
  searched_ = 0;
  sniff_bytes_ = kSniffBytes;
  const std::lock_guard lock(mutex_);
  if (inputs_.size() < kMostListed) inputs_.push_back({log.name, "", 0, text_->stream().size(), ""});
  return {};
}

// What is known of the log by now.
void LogReader::note_input() {
  done_.store(closed_bytes_ + text_->stream().consumed(), std::memory_order_relaxed);
  if (next_ > kMostListed) return;
  const std::lock_guard lock(mutex_);
  LogInput& input = inputs_[next_ - 1];
  input.bytes = text_->stream().consumed();
  if (text_->stream().compression() != Compression::none)
    input.compression = to_string(text_->stream().compression());
  if (begun_) input.columns = flags_of(sniffed_);
  if (begun_ && current().tid != 0 && columns_.pid == PidColumn::none)
    input.columns = "-ff" + (columns_ == kNoColumns ? "" : " " + input.columns);
}

void LogReader::close() {
  if (text_->at_end() && text_->stream().size().value_or(0) > text_->stream().consumed())
    warn(fmt::format("{}: {} bytes shorter than when it was opened", name(),
                     *text_->stream().size() - text_->stream().consumed()));
  note_input();
  closed_bytes_ += text_->stream().consumed();
  failure_ = text_->failure();
  text_.reset();
}

int LogReader::waits_for() const { return text_ ? text_->waits_for() : -1; }

// False: nothing has come in time.
bool LogReader::fill(TimePoint deadline) {
  const std::uint64_t before = text_->text_bytes();
  if (!text_->fill(deadline)) return false;
  text_bytes_.fetch_add(text_->text_bytes() - before, std::memory_order_relaxed);
  note_input();
  return true;
}

// One line at least, however long.
bool LogReader::enough_to_sniff() {
  const std::string_view text = text_->in_hand();
  if (text.size() < sniff_bytes_ + kByteOrderMark.size()) return false;
  if (text.size() > kLongestLine || content_kind(text.substr(0, kSniffBytes)) != ContentKind::text)
    return true;
  const bool whole_line = text.find('\n', searched_) != std::string_view::npos;
  if (!whole_line) searched_ = text.size();
  if (whole_line && !has_lines(text.substr(0, sniff_bytes_))) {
    sniff_bytes_ *= 2;  // nothing but messages and tables so far
    return false;
  }
  return whole_line;
}

// Enough of the log's beginning to tell its columns. False: it has not come in time.
bool LogReader::gather(TimePoint deadline) {
  while (!text_->at_end() && !stopping_ && !enough_to_sniff()) {
    if (!fill(deadline)) return false;
  }
  return true;
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
  if (text_->in_hand().starts_with(kByteOrderMark)) text_->drop(kByteOrderMark.size());
  const std::string_view text = text_->in_hand();
  const std::size_t first_line = std::min(text.find('\n'), kLongestLine);
  const std::string_view beginning = text.substr(0, std::max(sniff_bytes_, first_line + 1));
  const ContentKind kind = content_kind(beginning);
  if (kind == ContentKind::elf || kind == ContentKind::perf_data || kind == ContentKind::utf16 ||
      kind == ContentKind::tar)
    return refuse(kind, fmt::format("it is {}", describe(kind)));
  const Result<Sniffed> sniffed = sniff_columns(beginning);
  if (!sniffed) return sniffed.error();
  const bool nothing_fits = sniffed->fitting + sniffed->begun == 0 && sniffed->lines > 0;
  if (nothing_fits && flags_.empty() && !text_->failure() && !holds_table(beginning)) {
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

void LogReader::label(LogBlock& block, bool ends) {
  block.log = next_ - 1;
  block.begins = !std::exchange(given_, true);
  block.ends = ends;
  block.columns = columns_;
}

Result<LogReader::State> LogReader::read(LogBlock& block, TimePoint deadline) {
  for (;;) {
    if (failed_) return State::end;
    if (!text_) {
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
      if (!gather(deadline) && !stopping_) return State::idle;
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
    if (text_->cut(block.text)) {
      label(block, false);
      return State::ready;
    }
    if (text_->at_end() || stopping_) {
      text_->take_rest(block.text);
      label(block, true);
      close();
      return State::ready;
    }
    if (!fill(deadline) && !stopping_) return State::idle;
  }
}

}  // namespace latimer::strace
