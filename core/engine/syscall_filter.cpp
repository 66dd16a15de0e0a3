#include "core/engine/syscall_filter.h"

#include <algorithm>
#include <set>
#include <utility>

#include "core/engine/filter_parser.h"

namespace latimer {
namespace {

// From 424 on all architectures share their numbers. For strace releases, the first of those numbers that it
// has no name for; read off the tables in strace's release tags. Between two rows the earlier one holds.
struct StraceNames {
  int major;
  int minor;
  int first_unknown;
};
constexpr int kFirstSharedNumber = 424;
constexpr StraceNames kStraceNames[] = {
    {5, 2, 434},  {5, 3, 436},  {5, 6, 439},  {5, 8, 440},  {5, 10, 441}, {5, 11, 442}, {5, 12, 443},
    {5, 13, 447}, {5, 14, 448}, {5, 15, 449}, {5, 16, 450}, {5, 17, 451}, {6, 5, 453},  {6, 7, 457},
    {6, 8, 462},  {6, 10, 463}, {6, 13, 467}, {6, 15, 468}, {6, 17, 470}, {6, 19, 471}, {7, 0, 472},
};

int first_number_unknown_to(StraceVersion version) {
  int first = kFirstSharedNumber;
  for (const StraceNames& row : kStraceNames) {
    if (std::pair(row.major, row.minor) <= std::pair(version.major, version.minor)) first = row.first_unknown;
  }
  return first;
}

// Whether strace has a name for that number. x86_64's own late numbers, 335 (uretprobe) and 336 (uprobe), are
// in few releases or none.
bool strace_knows(Abi abi, int number, int first_unknown) {
  if (syscall_name_or_empty(abi, number).empty() || number >= first_unknown) return false;
  constexpr int kUretprobe = 335;
  return !(abi == Abi::x86_64 && number >= kUretprobe && number < kFirstSharedNumber);
}

// Names with ? are skipped by a strace that does not have them.
std::string join_optional(const std::set<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += ',';
    text += '?';
    text += name;
  }
  return text;
}

}  // namespace

SyscallFilter::SyscallFilter() {
  for (Mask& mask : masks_) mask.set();
}

Result<SyscallFilter> SyscallFilter::parse(std::string_view expression) {
  return FilterParser().parse(expression);
}

bool SyscallFilter::selects(Abi abi, int number) const {
  if (number < 0 || number >= kSyscallNumbers) return unknown_;
  return mask(abi)[static_cast<std::size_t>(number)];
}

bool SyscallFilter::selects_all() const {
  return unknown_ && std::all_of(masks_.begin(), masks_.end(), [](const Mask& mask) { return mask.all(); });
}

bool SyscallFilter::selects_nothing() const {
  return !unknown_ && std::all_of(masks_.begin(), masks_.end(), [](const Mask& mask) { return mask.none(); });
}

// Either the list of selected names, or "everything but" the names that are selected in no ABI of this host.
// The second is needed as soon as something nameless is wanted. A name selected in one ABI only (a number was
// given) is selected.
std::string SyscallFilter::strace_expression(StraceVersion version) const {
  if (selects_all()) return "all";
  if (selects_nothing()) return "none";
  const int first_unknown = first_number_unknown_to(version);
  bool wants_nameless = unknown_;
  std::set<std::string_view> selected;
  std::set<std::string_view> others;
  for (const Abi abi : kHostAbis) {
    for (int number = 0; number < kSyscallNumbers; ++number) {
      const std::string_view name = syscall_name_or_empty(abi, number);
      const bool wanted = selects(abi, number);
      if (wanted && !strace_knows(abi, number, first_unknown)) wants_nameless = true;
      if (!name.empty()) (wanted ? selected : others).insert(name);
    }
  }
  if (!wants_nameless) return selected.empty() ? "none" : join_optional(selected);
  for (const std::string_view name : selected) others.erase(name);
  return others.empty() ? "all" : "!" + join_optional(others);
}

std::vector<std::string> SyscallFilter::names_absent_from(Abi abi) const {
  std::vector<std::string> absent;
  for (const std::string& name : names_) {
    if (!syscall_number(abi, name)) absent.push_back(name);
  }
  return absent;
}

}  // namespace latimer
