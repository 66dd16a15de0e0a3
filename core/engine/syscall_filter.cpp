#include "core/engine/syscall_filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/engine/filter_parser.h"
#include "core/model/syscall_class.h"

namespace latimer {
namespace {

// Items with ? are skipped by a strace that does not have them. strace takes the system calls ipc and signal
// (i386) for its classes of that name; a regular expression says which is meant.
std::string strace_list(const std::set<std::string_view>& names) {
  std::string text;
  for (const std::string_view name : names) {
    if (!text.empty()) text += ',';
    text += syscall_class_from_name(name) ? fmt::format("?/^{}$", name) : fmt::format("?{}", name);
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

SyscallFilter SyscallFilter::with(const SyscallFilter& other) const {
  SyscallFilter both = *this;
  for (std::size_t abi = 0; abi < masks_.size(); ++abi) both.masks_[abi] |= other.masks_[abi];
  both.unknown_ = unknown_ || other.unknown_;
  return both;
}

bool SyscallFilter::selects_all() const {
  return unknown_ && std::all_of(masks_.begin(), masks_.end(), [](const Mask& mask) { return mask.all(); });
}

bool SyscallFilter::selects_nothing() const {
  return !unknown_ && std::all_of(masks_.begin(), masks_.end(), [](const Mask& mask) { return mask.none(); });
}

// The list of selected names, or "everything but" the names that are selected in no ABI of this host. A name
// that is selected in one ABI only (a number was given) counts as selected.
std::string SyscallFilter::strace_expression() const {
  if (selects_all()) return "all";
  std::set<std::string_view> selected;
  std::set<std::string_view> others;
  for (const Abi abi : kHostAbis) {
    for (int number = 0; number < kSyscallNumbers; ++number) {
      const std::string_view name = syscall_name_or_empty(abi, number);
      if (!name.empty()) (selects(abi, number) ? selected : others).insert(name);
    }
  }
  if (!unknown_) return selected.empty() ? "none" : strace_list(selected);
  for (const std::string_view name : selected) others.erase(name);
  return others.empty() ? "all" : "!" + strace_list(others);
}

std::vector<std::string> SyscallFilter::names_absent_from(Abi abi) const {
  std::vector<std::string> absent;
  for (const std::string& name : names_) {
    if (!syscall_number(abi, name)) absent.push_back(name);
  }
  return absent;
}

}  // namespace latimer
