#include "core/engine/fd_table.h"

#include <algorithm>
#include <utility>

namespace latimer {

const FdTable::Slot* FdTable::slot(std::int32_t fd) const {
  if (fd < 0 || fd >= kMostDescriptors) return nullptr;
  const auto index = static_cast<std::size_t>(fd / kPage);
  if (index >= pages_.size() || pages_[index] == nullptr) return nullptr;
  return &(*pages_[index])[static_cast<std::size_t>(fd % kPage)];
}

FdTable::Page& FdTable::own_page(std::size_t index) {
  if (index >= pages_.size()) pages_.resize(index + 1);
  std::shared_ptr<Page>& page = pages_[index];
  if (page == nullptr) {
    page = std::make_shared<Page>();
  } else if (page.use_count() > 1) {
    page = std::make_shared<Page>(*page);
  }
  return *page;
}

const OpenFilePtr& FdTable::find(std::int32_t fd, const CallTimes& call) const {
  static const OpenFilePtr kUnknown;
  const Slot* found = slot(fd);
  if (found == nullptr) return kUnknown;
  if (!call.start_ns) return found->file;
  if (found->file != nullptr)
    return found->opening_ns && *call.start_ns < *found->opening_ns ? found->before : found->file;
  return found->closed_ns && *call.start_ns < *found->closed_ns ? found->before : kUnknown;
}

void FdTable::set(std::int32_t fd, OpenFilePtr file, bool close_on_exec, const CallTimes& opening) {
  if (fd < 0 || fd >= kMostDescriptors) return;
  Slot& slot = own_page(static_cast<std::size_t>(fd / kPage))[static_cast<std::size_t>(fd % kPage)];
  if (slot.file != nullptr) slot.before = std::move(slot.file);
  slot.file = std::move(file);
  slot.opening_ns = opening.start_ns;
  slot.opened_ns = opening.end_ns;
  slot.close_on_exec = close_on_exec;
}

// Changes the slots that hold a file and that `change` has something to do with: it gets each as it is, and
// answers whether it wants to; then it gets it to change it.
template <typename Change>
void FdTable::change(std::int32_t first, std::int32_t last, Change change) {
  if (pages_.empty()) return;
  const auto end = static_cast<std::int32_t>(pages_.size()) * kPage - 1;
  first = std::max(first, 0);
  last = std::min(last, end);
  for (std::int32_t fd = first; fd <= last; ++fd) {
    const auto index = static_cast<std::size_t>(fd / kPage);
    if (pages_[index] == nullptr) {
      fd = static_cast<std::int32_t>(index + 1) * kPage - 1;
      continue;
    }
    const auto at = static_cast<std::size_t>(fd % kPage);
    Slot copy = (*pages_[index])[at];
    if (copy.file != nullptr && change(copy)) own_page(index)[at] = std::move(copy);
  }
}

void FdTable::erase(std::int32_t fd, const CallTimes& closing) { erase(fd, fd, closing); }

void FdTable::erase(std::int32_t first, std::int32_t last, const CallTimes& closing) {
  change(first, last, [&closing](Slot& slot) {
    if (slot.opened_ns && closing.start_ns && *slot.opened_ns > *closing.start_ns) return false;
    slot.before = std::move(slot.file);
    slot.file = nullptr;
    slot.closed_ns = closing.end_ns;
    slot.close_on_exec = false;
    return true;
  });
}

void FdTable::set_close_on_exec(std::int32_t first, std::int32_t last, bool value) {
  change(first, last, [value](Slot& slot) {
    if (slot.close_on_exec == value) return false;
    slot.close_on_exec = value;
    return true;
  });
}

void FdTable::executed() {
  change(0, kMostDescriptors - 1, [](Slot& slot) {
    if (!slot.close_on_exec) return false;
    slot = {};
    return true;
  });
}

}  // namespace latimer
