#include "backends/strace/summary_table.h"

#include <algorithm>
#include <array>
#include <limits>

#include "backends/strace/scan.h"

namespace latimer::strace {
namespace {

constexpr std::array<std::string_view, 9> kHeaderWords = {
    "%", "time", "seconds", "usecs/call", "calls", "errors", "syscall", "shortest", "longest"};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// "0.000214", and "0,000214" of a strace that was run in another locale.
std::optional<std::uint64_t> seconds(std::string_view text) {
  std::string plain(text);
  std::replace(plain.begin(), plain.end(), ',', '.');
  Cursor cursor{plain, 0};
  const auto ns = scan_seconds(cursor);
  if (!ns || !cursor.done()) return std::nullopt;
  return static_cast<std::uint64_t>(*ns);
}

std::optional<std::uint64_t> number(std::string_view text) {
  Cursor cursor{text, 0};
  const auto value = scan_unsigned(cursor, std::numeric_limits<std::int64_t>::max());
  return cursor.done() ? value : std::nullopt;
}

}  // namespace

bool SummaryTable::begins(std::string_view line) {
  bool names = false;
  std::string_view rest = trimmed(line);
  if (rest.size() > 200) return false;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find_first_of(" \t"), rest.size());
    const std::string_view word = rest.substr(0, end);
    if (std::find(kHeaderWords.begin(), kHeaderWords.end(), word) == kHeaderWords.end()) return false;
    names = names || word == "syscall";
    rest = trimmed(rest.substr(end));
  }
  return names;
}

std::optional<std::string_view> SummaryTable::mode_of(std::string_view line) {
  constexpr std::string_view kBegin = "System call usage summary for ";
  constexpr std::string_view kEnd = " mode:";
  line = trimmed(line);
  if (!line.starts_with(kBegin) || !line.ends_with(kEnd)) return std::nullopt;
  return line.substr(kBegin.size(), line.size() - kBegin.size() - kEnd.size());
}

void SummaryTable::read_header(std::string_view line) {
  open_ = true;
  ruled_ = false;
  header_ = line;
  columns_.clear();
}

// The dashes say where each column lies.
void SummaryTable::read_rule(std::string_view line) {
  ruled_ = true;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t start = line.find('-', at);
    if (start == std::string_view::npos) return;
    at = std::min(line.find_first_not_of('-', start), line.size());
    const std::string_view name =
        start < header_.size() ? trimmed(std::string_view(header_).substr(start, at - start)) : "";
    columns_.push_back({std::string(name), start, at});
  }
}

bool SummaryTable::read_row(std::string_view line, SummaryRow& row) const {
  row = {};
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    if (column.begin >= line.size()) return false;
    const bool last = i + 1 == columns_.size();
    const std::string_view cell =
        trimmed(line.substr(column.begin, last ? std::string_view::npos : column.end - column.begin));
    if (column.name == "syscall") row.name = cell;
    if (column.name == "calls" && !(row.calls = number(cell))) return false;
    if (column.name == "errors" && !(row.errors = cell.empty() ? 0 : number(cell))) return false;
    if (column.name == "seconds" && !(row.time_ns = seconds(cell))) return false;
    if (column.name == "shortest" && !(row.min_ns = seconds(cell))) return false;
    if (column.name == "longest" && !(row.max_ns = seconds(cell))) return false;
  }
  return !row.name.empty() && row.name.find_first_of(" \t") == std::string_view::npos;
}

SummaryTable::Seen SummaryTable::line(std::string_view line, SummaryRow& row) {
  if (begins(line)) {
    read_header(line);
    return Seen::furniture;
  }
  if (trimmed(line).find_first_not_of("- ") == std::string_view::npos && !trimmed(line).empty()) {
    if (!ruled_) read_rule(line);
    return Seen::furniture;
  }
  if (!ruled_ || !read_row(line, row)) {
    open_ = false;
    return Seen::nothing;
  }
  if (row.name != "total") return Seen::row;
  open_ = false;
  return Seen::total;
}

}  // namespace latimer::strace
