#include "backends/recorded/row.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "core/model/text_escape.h"

namespace latimer::recorded {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kMostColumns = 1000;

std::string_view without_cr(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

char separator_of(std::string_view header) {
  for (const char separator : {',', ';', '\t'}) {
    if (header.find(separator) != std::string_view::npos) return separator;
  }
  return ',';
}

// The next field of `line` from `at` on, without its quotes; moves behind it and its separator. False: its
// quotes do not close.
bool next_field(std::string_view line, char separator, std::size_t& at, std::string_view& field,
                bool& doubled) {
  doubled = false;
  if (at < line.size() && line[at] == '"') {
    const std::size_t begin = ++at;
    for (;;) {
      const auto* quote = static_cast<const char*>(std::memchr(line.data() + at, '"', line.size() - at));
      if (quote == nullptr) return false;
      at = static_cast<std::size_t>(quote - line.data());
      if (at + 1 >= line.size() || line[at + 1] != '"') break;
      doubled = true;
      at += 2;
    }
    field = line.substr(begin, at - begin);
    ++at;
    if (at < line.size() && line[at] != separator) return false;
  } else {
    const std::size_t begin = at;
    while (at < line.size() && line[at] != separator) ++at;
    field = line.substr(begin, at - begin);
  }
  return true;
}

}  // namespace

Result<Columns> parse_header(std::string_view line) {
  line = without_cr(line);
  if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  Columns columns;
  columns.separator = separator_of(line);
  columns.place.fill(-1);
  std::size_t at = 0;
  for (bool more = true; more;) {
    std::string_view name;
    bool doubled = false;
    if (!next_field(line, columns.separator, at, name, doubled) || columns.count >= kMostColumns)
      return Error{Errc::unsupported, "the first line is no list of columns", ""};
    const auto known = std::find(kTraceColumnNames.begin(), kTraceColumnNames.end(), name);
    if (known != kTraceColumnNames.end()) {
      std::int16_t& place = columns.place[static_cast<std::size_t>(known - kTraceColumnNames.begin())];
      if (place >= 0) return Error{Errc::unsupported, fmt::format("there are two columns '{}'", name), ""};
      place = static_cast<std::int16_t>(columns.count);
    }
    ++columns.count;
    more = at < line.size();
    if (more) ++at;
  }
  for (const TraceColumn needed : {TraceColumn::timestamp_ns, TraceColumn::tid, TraceColumn::syscall}) {
    if (columns.place[static_cast<std::size_t>(needed)] < 0)
      return Error{
          Errc::unsupported,
          fmt::format("there is no column '{}'", kTraceColumnNames[static_cast<std::size_t>(needed)]), ""};
  }
  return columns;
}

void split_row(std::string_view line, const Columns& columns, Fields& fields) {
  line = without_cr(line);
  fields.problem = nullptr;
  // What stands where, by its place.
  thread_local std::array<std::string_view, kMostColumns> texts;
  thread_local std::array<bool, kMostColumns> doubled;
  std::size_t at = 0, count = 0;
  for (bool more = true; more;) {
    if (count >= columns.count) {
      fields.problem = "more fields than columns";
      fields.column = at;
      return;
    }
    if (!next_field(line, columns.separator, at, texts[count], doubled[count])) {
      fields.problem = "a quoted field does not end";
      fields.column = at;
      return;
    }
    ++count;
    more = at < line.size();
    if (more) ++at;
  }
  for (std::size_t i = 0; i < kTraceColumns; ++i) {
    const auto place = static_cast<std::size_t>(columns.place[i]);
    const bool there = columns.place[i] >= 0 && place < count;
    fields.text[i] = there ? texts[place] : std::string_view();
    fields.doubled[i] = there && doubled[place];
  }
}

std::string undoubled(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    result.push_back(text[i]);
    if (text[i] == '"' && i + 1 < text.size() && text[i + 1] == '"') ++i;
  }
  return result;
}

std::optional<std::string_view> field_bytes(const Fields& fields, TraceColumn column, std::string& scratch) {
  std::string_view text = fields[column];
  if (fields.doubled[static_cast<std::size_t>(column)]) {
    scratch = undoubled(text);
    text = scratch;
  }
  if (text.find('\\') == std::string_view::npos) return text;
  auto bytes = unescape_bytes(text);
  if (!bytes) return std::nullopt;
  scratch = std::move(bytes).value();
  return scratch;
}

}  // namespace latimer::recorded
