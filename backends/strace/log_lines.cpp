#include "backends/strace/log_lines.h"

#include <algorithm>
#include <utility>

#include "backends/strace/messages.h"
#include "backends/strace/scan.h"
#include "backends/strace/sniff.h"
#include "core/model/syscall_table.h"

namespace latimer::strace {
namespace {

constexpr std::string_view kExecve = "execve(\"";
constexpr std::size_t kLongestHeld = std::size_t{1} << 20;
constexpr unsigned kMostSearches = 100;      // for the beginning of another run inside a line, in a log
constexpr unsigned kMostJoins = 20;          // lines that could be the end of a record, and are not
constexpr std::size_t kLongestLeader = 100;  // bytes before a call: no combination of columns takes more

// Where a message about a task that strace attaches to or lets go begins, when it is the end of this line:
// "strace: Process 18718 attached with 4 threads"; before strace 4.9 without "strace: ". npos: none.
std::size_t message_at(std::string_view text) {
  if (!text.ends_with("ed") && !text.ends_with(" threads")) return std::string_view::npos;
  constexpr std::string_view kProcess = "Process ";
  constexpr std::string_view kName = "strace: ";
  const std::size_t at = text.rfind(kProcess);
  if (at == std::string_view::npos) return at;
  const Message message = read_message(text.substr(at));
  if (message.kind != Message::Kind::attached && message.kind != Message::Kind::detached)
    return std::string_view::npos;
  return text.substr(0, at).ends_with(kName) ? at - kName.size() : at;
}

// Whether something looks like the end of a call: ")   = ".
bool holds_end(std::string_view text) {
  for (std::size_t at = 0; (at = text.find(')', at)) != std::string_view::npos;) {
    Cursor cursor{text, ++at};
    cursor.skip_blanks();
    if (cursor.at > at && cursor.skip("= ")) return true;
  }
  return false;
}

bool starts_a_run(const Parsed& parsed) {
  const auto* record = std::get_if<Record>(&parsed);
  return record != nullptr && record->kind == RecordKind::call && record->name == "execve" &&
         record->outcome == Outcome::returned;
}

// Behind "1795216342.37" or "23:12:2": what begins there with a digit is the rest of a time.
bool inside_decimals(std::string_view text, std::size_t at) {
  if (!is_digit(text[at])) return false;
  while (at > 0 && is_digit(text[at - 1])) --at;
  return at > 0 && (text[at - 1] == '.' || text[at - 1] == ':');
}

}  // namespace

void LogLines::begin_log(const Layout& layout, bool new_run) {
  if (new_run) run_counted_ = false;
  layout_ = layout;
  other_columns_ = false;
  translator_.set_columns(layout);
  records_ = 0;
  behind_cut_ = false;
  interrupted_ = false;
  mode_.clear();
  searches_ = 0;
  unreadable_ = 0;
  table_ = {};
}

void LogLines::begin_run() {
  translator_.begin_run(clock_.run_latest_ns());
  run_counted_ = false;
  records_ = 0;
  behind_cut_ = false;
}

void LogLines::line(const Line& line, Parsed& parsed) {
  const bool plain = held_.empty() && !table_.open();
  if (plain && std::holds_alternative<Record>(parsed)) return record(line, parsed);
  if (line.overlong) return translator_.reject_line(line, {"longer than 16 MiB", line.text.size()});
  if (table_line(line)) return;
  if (std::holds_alternative<Record>(parsed)) {
    release_held();
    return record(line, parsed);
  }
  odd_line(line, parsed);
}

bool LogLines::skimmed(const Skimmed& line, SnapshotBuilder& sums) {
  if (!held_.empty() || table_.open()) return false;
  if (!translator_.takes(line)) return false;
  if (layout_.time != TimeColumn::none) {
    const std::int64_t time_ns =
        clock_.stamp(line.time_ns, line.kind == RecordKind::call ? line.duration_ns : 0);
    translator_.skimmed(line, &time_ns, sums);
  } else {
    translator_.skimmed(line, nullptr, sums);
  }
  if (!run_counted_) {
    run_counted_ = true;
    ++runs_;
  }
  ++records_;
  unreadable_ = 0;
  interrupted_ = line.kind == RecordKind::entered;
  interrupted_tid_ = line.tid;
  interrupted_number_ = line.number;
  if (interrupted_ && line.number < 0) interrupted_name_ = line.name;
  return true;
}

void LogLines::record(const Line& line, Parsed& parsed) {
  Record& record = std::get<Record>(parsed);
  clock_.stamp(record);
  if (records_ > 0 && record.name == "execve" && translator_.begins_run(record)) begin_run();
  if (!std::exchange(run_counted_, true)) ++runs_;
  ++records_;
  unreadable_ = 0;
  interrupted_ = record.kind == RecordKind::entered;
  interrupted_tid_ = record.tid;
  interrupted_number_ = -1;
  if (interrupted_) interrupted_name_ = record.name;
  translator_.parsed(line, parsed, 0);
}

void LogLines::odd_line(const Line& line, const Parsed& parsed) {
  if (cut_message(line)) return;
  if (!held_.empty() && join(line)) return;
  if (std::holds_alternative<Ignored>(parsed)) return translator_.parsed(line, parsed, 0);
  if (finish_interrupted(line) || cut_run(line) || second_of_run(line)) return;
  // On standard error, what the program prints may have come in between.
  const bool may_go_on = line.terminated && layout_.pid != PidColumn::plain;
  if (may_go_on && parse_open_call(line.text, layout_)) {
    release_held();
    held_is_line_ = true;
    joins_ = 0;
    held_offset_ = line.offset;
    held_ = line.text;
    return;
  }
  if (columns_changed(line)) return;
  translator_.parsed(line, parsed, 0);
}

// The beginning of another run, with other columns, may be hidden in a line that could be read. When three
// lines one after the other could not be, and the last two have the same columns, those hold from there on.
bool LogLines::columns_changed(const Line& line) {
  if (++unreadable_ < 2 || unreadable_ > 3 || !line.terminated) return false;
  const Sniffed other = sniff(line.text, LayoutHints{});
  Parsed parsed = parse_line(line.text, other.layout);
  const bool read = other.fitting > 0 && std::holds_alternative<Record>(parsed);
  if (unreadable_ == 2) {
    candidate_.reset();
    if (read) candidate_ = other.layout;
    return false;
  }
  if (!read || candidate_ != other.layout) return false;
  begin_run();
  use_columns(other.layout);
  record(line, parsed);
  return true;
}

bool LogLines::table_line(const Line& line) {
  if (const auto mode = SummaryTable::mode_of(line.text)) {
    mode_ = *mode;
    translator_.ignore_line("summary");
    return true;
  }
  const bool begins = SummaryTable::begins(line.text);
  if (!table_.open() && !begins) return false;
  if (table_.open() && begins) ++cut_tables_;
  SummaryRow row;
  const SummaryTable::Seen seen = table_.line(line.text, row);
  if (seen == SummaryTable::Seen::nothing) {
    ++cut_tables_;
    return false;
  }
  translator_.ignore_line("summary");
  if (seen != SummaryTable::Seen::row) return true;
  if (records_ > 0) {
    tables_beside_calls_ += row.calls.value_or(0);
  } else if (row.calls) {
    if (!row.errors) ++rows_without_errors_;
    tables_.push_back({std::string(row.name), mode_, *row.calls, row.errors.value_or(0), row.time_ns,
                       row.min_ns, row.max_ns});
  } else {
    ++rows_without_calls_;
  }
  return true;
}

// "clone(...SIGCHLDstrace: Process 18718 attached": what is before the message goes on in the next line.
bool LogLines::cut_message(const Line& line) {
  const std::size_t at = message_at(line.text);
  if (at == std::string_view::npos) return false;
  const Message message = read_message(line.text.substr(at));
  if (message.kind == Message::Kind::attached) translator_.announce(message.pid);
  const std::string_view piece = line.text.substr(0, at);
  // A call that begins here is another one than what is held: that does not go on.
  if (!held_.empty() && parse_open_call(piece, layout_)) release_held();
  if (at > 0 && held_.empty()) {
    held_offset_ = line.offset;
    held_is_line_ = false;
  }
  if (held_.empty()) joins_ = 0;
  if (held_.size() + piece.size() <= kLongestHeld) held_ += piece;
  translator_.ignore_line("message");
  return true;
}

bool LogLines::join(const Line& line) {
  // The end of a call, or of its first part, is in the last line of it.
  if (!holds_end(line.text) && line.text.find("...>") == std::string_view::npos) return false;
  if (++joins_ > kMostJoins) {
    release_held();
    return false;
  }
  joined_ = held_;
  joined_ += line.text;
  Parsed parsed = parse_line(joined_, layout_);
  if (!std::holds_alternative<Record>(parsed)) return false;
  held_.clear();
  if (held_is_line_) translator_.ignore_line("continued");
  record(Line{joined_, held_offset_, false, line.terminated}, parsed);
  return true;
}

// ")    = 1 <0.000013>": strace held the call back until it knew its outcome (-z), and lost its columns on
// the way.
bool LogLines::finish_interrupted(const Line& line) {
  if (!interrupted_ || !line.text.starts_with(')')) return false;
  const std::string name =
      interrupted_number_ >= 0 ? syscall_name(kNativeAbi, interrupted_number_) : interrupted_name_;
  joined_ = "<... " + name + " resumed>";
  joined_ += line.text;
  Parsed parsed = parse_line(joined_, Layout{PidColumn::none, TimeColumn::none, false, false, false});
  auto* resumed = std::get_if<Record>(&parsed);
  if (resumed == nullptr) return false;
  resumed->tid = interrupted_tid_;
  record(Line{joined_, line.offset, false, line.terminated}, parsed);
  return true;
}

// Nothing came that could be the rest of it: a call that was entered, and whose end is not in the log.
void LogLines::release_held() {
  if (held_.empty()) return;
  joined_.swap(held_);
  held_.clear();
  Parsed parsed = parse_line(joined_, layout_);
  if (const auto open = parse_open_call(joined_, layout_)) parsed = *open;
  const Line line{joined_, held_offset_, false, true};
  if (std::holds_alternative<Record>(parsed)) return record(line, parsed);
  translator_.parsed(line, parsed, 0);
}

// The next run has other columns; or a killed strace left a line without end, and the next run appended to
// it.
bool LogLines::cut_run(const Line& line) {
  const std::size_t execve = line.text.find(kExecve);
  if (execve == std::string_view::npos) return false;
  if (other_run(line, 0)) return true;
  for (std::size_t at = execve - std::min(execve, kLongestLeader); at <= execve; ++at) {
    if (inside_decimals(line.text, at)) continue;
    Parsed parsed = parse_line(line.text.substr(at), layout_);
    if (!starts_a_run(parsed)) continue;
    release_held();
    const Line cut{line.text.substr(0, at), line.offset, false, false};
    if (at > 0) translator_.line(cut, 0);
    begin_run();
    behind_cut_ = at > 0;
    record(Line{line.text.substr(at), line.offset + at, false, line.terminated}, parsed);
    return true;
  }
  if (++searches_ > kMostSearches) return false;
  for (std::size_t at = execve - std::min(execve, kLongestLeader); at <= execve; ++at) {
    if (!inside_decimals(line.text, at) && other_run(line, at)) return true;
  }
  return false;
}

// Behind a line that was cut off at `at`.
bool LogLines::other_run(const Line& line, std::size_t at) {
  const std::string_view text = line.text.substr(at);
  const Sniffed other = sniff(text, LayoutHints{});
  Parsed parsed = parse_line(text, other.layout);
  if (other.fitting == 0 || !starts_a_run(parsed)) return false;
  // Nothing came before a run's first line; another number there is a thread id behind a cut one.
  if (std::get<Record>(parsed).since_last_ns.value_or(0) != 0) return false;
  release_held();
  if (at > 0) translator_.line(Line{line.text.substr(0, at), line.offset, false, false}, 0);
  begin_run();
  behind_cut_ = at > 0;
  use_columns(other.layout);
  record(Line{text, line.offset + at, false, line.terminated}, parsed);
  return true;
}

// Where a run's first line begins behind one that was cut off can be guessed wrong, and with it the columns:
// the second line decides.
bool LogLines::second_of_run(const Line& line) {
  if (records_ != 1 || !behind_cut_) return false;
  const Sniffed other = sniff(line.text, LayoutHints{});
  if (other.fitting == 0) return false;
  Parsed parsed = parse_line(line.text, other.layout);
  if (!std::holds_alternative<Record>(parsed)) return false;
  use_columns(other.layout);
  record(line, parsed);
  return true;
}

void LogLines::use_columns(const Layout& columns) {
  const bool brackets_may_come = layout_.pid == PidColumn::bracketed && columns.pid == PidColumn::none;
  layout_ = columns;
  other_columns_ = true;
  if (brackets_may_come) layout_.pid = PidColumn::bracketed;
  translator_.set_columns(layout_);
  clock_.begin_log(layout_, true, false);
}

void LogLines::end_log() {
  release_held();
  if (table_.open()) ++cut_tables_;
}

}  // namespace latimer::strace
