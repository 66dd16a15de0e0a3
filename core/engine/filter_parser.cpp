#include "core/engine/filter_parser.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "core/engine/name_suggest.h"
#include "core/engine/regex_error.h"
#include "core/model/syscall_class.h"
#include "core/model/text_escape.h"

namespace latimer {
namespace {

constexpr std::string_view kForms =
    "give names (openat,read), classes (%file, %network ...), numbers, or /regex/; a leading ! takes all "
    "others";

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kMarksAndBlanks = "? \t\r\n";

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The length of the /.../ that `list` begins with: up to the first / that ends an item. strace's own form has
// no closing slash and ends at the comma.
std::size_t regex_length(std::string_view list) {
  for (std::size_t slash = list.find('/', 1); slash != std::string_view::npos;
       slash = list.find('/', slash + 1)) {
    const std::string_view rest = trim(list.substr(slash + 1));
    if (rest.empty() || rest.front() == ',') return slash + 1;
  }
  return std::min(list.find(','), list.size());
}

// strace's other uses of -e, so that they are not taken for misspelt names.
Error wrong_qualifier(std::string_view word) {
  return Error{Errc::usage, fmt::format("'{}=' is no way to choose system calls", escape_bytes(word)),
               "only trace= may stand before the list, and it may be left out"};
}

Error unknown_item(std::string_view item) {
  std::vector<std::string_view> known;
  for (const Abi abi : kAllAbis) {
    for (const std::string_view name : syscall_names(abi)) {
      if (!name.empty()) known.push_back(name);
    }
  }
  for (const SyscallClassName& entry : kSyscallClassNames) {
    if (entry.name.starts_with('%')) known.push_back(entry.name);
  }
  const char* const kind = item.starts_with('%') ? "class of system calls" : "system call";
  return Error{
      Errc::usage,
      fmt::format("unknown {} '{}'{}", kind, escape_bytes(item), did_you_mean(nearest_names(item, known))),
      std::string(kForms) + "; ?name is no error when there is no such call"};
}

}  // namespace

std::vector<std::string_view> split_filter_items(std::string_view list) {
  std::vector<std::string_view> items;
  for (bool more = true; more;) {
    list = list.substr(std::min(list.find_first_not_of(kBlanks), list.size()));
    const std::size_t marks = std::min(list.find_first_not_of(kMarksAndBlanks), list.size());
    const bool regex = marks < list.size() && list[marks] == '/';
    const std::size_t length =
        regex ? marks + regex_length(list.substr(marks)) : std::min(list.find(','), list.size());
    items.push_back(trim(list.substr(0, length)));
    const std::size_t comma = list.find(',', length);
    more = comma != std::string_view::npos;
    if (more) list.remove_prefix(comma + 1);
  }
  return items;
}

Result<SyscallFilter> FilterParser::parse(std::string_view expression) {
  std::string_view list = trim(expression);
  if (const std::size_t equals = list.find('=');
      equals != std::string_view::npos && list.find('/') > equals) {
    const std::string_view word = trim(list.substr(0, equals));
    if (word != "trace" && word != "t") return wrong_qualifier(word);
    list = trim(list.substr(equals + 1));
  }
  bool negated = false;
  for (; list.starts_with('!'); list = trim(list.substr(1)))
    negated = !negated;  // as strace: each one inverts
  filter_ = SyscallFilter();
  if (list == "all" || list == "none") {
    filter_.unknown_ = (list == "all") != negated;
    for (SyscallFilter::Mask& mask : filter_.masks_) filter_.unknown_ ? mask.set() : mask.reset();
    filter_.text_ = filter_.unknown_ ? "all" : "none";
    return filter_;
  }
  if (list.empty()) return Error{Errc::usage, "no system call is named", std::string(kForms)};

  for (SyscallFilter::Mask& mask : filter_.masks_) mask.reset();
  std::vector<std::string> spellings;
  for (std::string_view item : split_filter_items(list)) {
    const bool optional = item.starts_with('?');
    item.remove_prefix(std::min(item.find_first_not_of(kMarksAndBlanks), item.size()));
    Result<std::string> spelling = add_item(item, optional);
    if (!spelling) return std::move(spelling).error();
    if (optional) spelling->insert(0, "?");
    if (std::find(spellings.begin(), spellings.end(), *spelling) == spellings.end())
      spellings.push_back(*spelling);
  }
  if (negated) {
    for (SyscallFilter::Mask& mask : filter_.masks_) mask.flip();
  }
  filter_.unknown_ = negated;
  filter_.text_ = fmt::format("{}{}", negated ? "!" : "", fmt::join(spellings, ","));
  return filter_;
}

Result<std::string> FilterParser::add_item(std::string_view item, bool optional) {
  if (item.empty())
    return Error{Errc::usage, "empty item between commas in the list of system calls", std::string(kForms)};
  if (item.front() == '/') return add_regex(item, optional);
  if (is_digit(item.front())) return add_number(item, item);
  if (item == "all" || item == "none") {
    return Error{Errc::usage, fmt::format("'{}' cannot be part of a list", item), "use it alone"};
  }
  if (item.front() == '!') {
    return Error{Errc::usage, fmt::format("'{}': ! can only stand before the whole list", escape_bytes(item)),
                 "!a,b takes everything but a and b"};
  }
  // Even behind a ?: no name has one, and in text() the front of the list would be taken for a qualifier.
  if (const std::size_t equals = item.find('='); equals != std::string_view::npos) {
    return wrong_qualifier(item.substr(0, equals));
  }
  std::string spelling(item);
  if (add_class(item, spelling) || add_name(item)) return spelling;
  constexpr std::string_view kUnknownPrefix = "syscall_";
  if (item.starts_with(kUnknownPrefix) && item.size() > kUnknownPrefix.size() &&
      is_digit(item[kUnknownPrefix.size()])) {
    return add_number(item, item.substr(kUnknownPrefix.size()));
  }
  if (optional) return spelling;
  return unknown_item(item);
}

Result<std::string> FilterParser::add_regex(std::string_view item, bool optional) {
  const bool closed = item.size() > 1 && item.back() == '/';
  const std::string_view body = item.substr(1, item.size() - (closed ? 2 : 1));
  if (body.empty())
    return Error{Errc::usage, "empty regular expression //", "'all' selects every system call"};
  const RE2 regex(re2::StringPiece(body.data(), body.size()), RE2::Quiet);
  if (!regex.ok()) return regex_error(regex, body);
  bool found = false;
  for (const Abi abi : kAllAbis) {
    SyscallFilter::Mask& mask = filter_.masks_[static_cast<std::size_t>(abi)];
    const auto names = syscall_names(abi);
    for (std::size_t number = 0; number < names.size(); ++number) {
      const re2::StringPiece name(names[number].data(), names[number].size());
      if (name.empty() || !RE2::PartialMatch(name, regex)) continue;
      mask.set(number);
      found = true;
    }
  }
  if (!found && !optional) {
    return Error{Errc::usage, fmt::format("no system call's name matches /{}/", escape_bytes(body)),
                 "?/regex/ is no error when nothing matches"};
  }
  return fmt::format("/{}/", body);
}

Result<std::string> FilterParser::add_number(std::string_view item, std::string_view digits) {
  const std::optional<int> number = syscall_number(Abi::x86_64, fmt::format("syscall_{}", digits));
  if (!number) return unknown_item(item);
  if (*number < 0 || *number >= kSyscallNumbers) {
    return Error{Errc::usage, fmt::format("system call number {} is out of range", escape_bytes(digits)),
                 fmt::format("numbers are 0 to {}", kSyscallNumbers - 1)};
  }
  for (SyscallFilter::Mask& mask : filter_.masks_) mask.set(static_cast<std::size_t>(*number));
  return std::to_string(*number);
}

bool FilterParser::add_class(std::string_view item, std::string& spelling) {
  const std::optional<SyscallClass> id = syscall_class_from_name(item);
  if (!id) return false;
  for (const Abi abi : kAllAbis)
    filter_.masks_[static_cast<std::size_t>(abi)] |= syscall_class_mask(abi, *id);
  spelling = to_string(*id);
  return true;
}

bool FilterParser::add_name(std::string_view item) {
  if (!is_syscall_name(item)) return false;
  for (const Abi abi : kAllAbis) {
    // Not a number: is_syscall_name has no syscall_N, and an ABI without the name answers nothing for it.
    if (const auto number = syscall_number(abi, item)) {
      filter_.masks_[static_cast<std::size_t>(abi)].set(static_cast<std::size_t>(*number));
    }
  }
  if (std::find(filter_.names_.begin(), filter_.names_.end(), item) == filter_.names_.end()) {
    filter_.names_.emplace_back(item);
  }
  return true;
}

}  // namespace latimer
