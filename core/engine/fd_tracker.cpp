#include "core/engine/fd_tracker.h"

#include <utility>
#include <vector>

namespace latimer {
namespace {

// Threads of one process share their descriptors unless somebody went to some trouble.
constexpr std::uint64_t kCloneFiles = 0x400;  // include/uapi/linux/sched.h
constexpr std::uint64_t kCloneFs = 0x200;

// A process that was there before and has more open than this is asked about single descriptors as they are
// used.
constexpr std::size_t kMostSeeded = 4096;

CallTimes times_of(const SyscallEvent& event) {
  CallTimes times{event.start_ns, event.start_ns};
  if (event.start_ns && event.duration_ns) times.end_ns = *event.start_ns + *event.duration_ns;
  return times;
}

// A thread whose process nobody knows is taken for one of its own.
std::int32_t pid_of(const SyscallEvent& event) { return event.tgid.value_or(event.tid); }

// Takes "name" off the end of "/a/name".
void remove_last(std::string& path) {
  const std::size_t slash = path.rfind('/');
  path.resize(slash == std::string::npos ? 0 : slash);
}

}  // namespace

std::string join_path(std::string_view folder, std::string_view path) {
  const bool absolute = path.starts_with('/');
  if (!absolute && folder.empty())
    return path.starts_with('.') ? std::string(path) : "./" + std::string(path);
  std::string result(absolute ? std::string_view() : folder);
  while (result.ends_with('/')) result.pop_back();
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      remove_last(result);
    } else {
      result.append("/").append(part);
    }
  }
  return result.empty() ? "/" : result;
}

FdTracker::Files& FdTracker::files_of(const SyscallEvent& event) {
  if (!apart_.empty()) {
    const auto found = apart_.find(event.tid);
    if (found != apart_.end()) return found->second;
  }
  Files& files = processes_[pid_of(event)];
  // The number belongs to another process now, whose birth nobody saw.
  if (event.epoch && files.epoch && *files.epoch != *event.epoch) files = Files{};
  if (event.epoch) files.epoch = event.epoch;
  return files;
}

void FdTracker::seed(std::int32_t pid) {
  if (options_.oracle == nullptr) return;
  Files& files = processes_[pid];
  for (OpenDescriptor& open : options_.oracle->descriptors(pid, kMostSeeded)) {
    auto file = std::make_shared<OpenFile>();
    file->name = std::move(open.name);
    files.table->set(open.fd, std::move(file), open.close_on_exec, {});
  }
  (void)folder_of(files, pid);
}

void FdTracker::forget_processes() {
  processes_.clear();
  apart_.clear();
}

void FdTracker::forked(const SyscallEvent& event) {
  const auto parent_pid = static_cast<std::int32_t>(event.args[0]);
  const std::uint64_t flags = event.args[1];
  const std::int32_t pid = pid_of(event);
  const auto found = processes_.find(parent_pid);
  const bool thread = pid == parent_pid;
  if (thread && (flags & kCloneFiles) != 0) return;
  Files child = found != processes_.end() ? found->second : Files{};
  child.epoch = event.epoch;
  if ((flags & kCloneFiles) == 0) child.table = std::make_shared<FdTable>(*child.table);
  if ((flags & kCloneFs) == 0) child.folder = std::make_shared<std::string>(*child.folder);
  (thread ? apart_[event.tid] : processes_[pid]) = std::move(child);
}

void FdTracker::ended(const SyscallEvent& event) {
  apart_.erase(event.tid);
  if (event.tid == pid_of(event)) processes_.erase(event.tid);
}

const OpenFilePtr& FdTracker::file_of(Files& files, std::int32_t pid, std::int32_t fd,
                                      const CallTimes& times) {
  const OpenFilePtr& known = files.table->find(fd, times);
  if (known != nullptr || options_.oracle == nullptr || fd < 0) return known;
  auto open = options_.oracle->descriptor(pid, fd);
  auto file = std::make_shared<OpenFile>();
  if (open) file->name = std::move(open->name);
  files.table->set(fd, std::move(file), open && open->close_on_exec, {});
  return files.table->find(fd, times);
}

const std::string& FdTracker::folder_of(Files& files, std::int32_t pid) {
  if (files.folder->empty() && !files.asked_folder && options_.oracle != nullptr) {
    files.asked_folder = true;
    if (auto folder = options_.oracle->current_folder(pid)) *files.folder = *std::move(folder);
  }
  return *files.folder;
}

// The folder argument, if the call has one, stands before the path.
std::string FdTracker::absolute(Files& files, std::int32_t pid, const CallTimes& times,
                                const CallArguments& arguments, int path_index, std::string_view path) {
  if (path.starts_with('/')) return join_path({}, path);
  const int before = path_index - 1;
  const bool has_folder = before >= 0 && arguments.spec().arguments[static_cast<std::size_t>(before)].kind ==
                                             ArgumentKind::folder;
  const auto folder = has_folder ? arguments.integer(before) : std::optional<std::int64_t>(kCurrentFolder);
  const auto told = has_folder && options_.believe_annotations ? arguments.annotation(before) : std::nullopt;
  std::string base;
  if (!folder) return join_path({}, path);
  if (*folder == kCurrentFolder) {
    if (told) *files.folder = *told;
    base = folder_of(files, pid);
  } else if (told) {
    base = *told;
  } else if (const OpenFilePtr& file = file_of(files, pid, static_cast<std::int32_t>(*folder), times)) {
    base = file->name;
  }
  if (path.empty()) return base;  // AT_EMPTY_PATH
  return join_path(base, path);
}

// What the event is about.
void FdTracker::note_target(SyscallEvent& event, Files& files, std::int32_t pid, const CallTimes& times,
                            const CallArguments& arguments) {
  const CallSpec& spec = arguments.spec();
  if (spec.descriptor >= 0) {
    const auto fd = arguments.integer(spec.descriptor);
    if (fd && *fd >= 0) event.fd = static_cast<std::int32_t>(*fd);
  }
  if (spec.path >= 0) {
    const auto path = arguments.path(spec.path);
    if (!path) return;
    if (path->cut) ++cut_paths_;
    path_ = absolute(files, pid, times, arguments, spec.path, path->bytes);
    if (path->cut) path_ += "...";  // of which nobody knows how it goes on
    event.path = path_;
    return;
  }
  if (!event.fd) return;
  if (options_.believe_annotations) {
    if (auto told = arguments.annotation(spec.descriptor)) {
      const OpenFilePtr& known = files.table->find(*event.fd, times);
      if (known == nullptr || (known->name != *told && !told->starts_with("socket:["))) {
        auto file = std::make_shared<OpenFile>();
        if (known != nullptr) *file = *known;
        file->name = *std::move(told);
        files.table->set(*event.fd, std::move(file), false, {times.start_ns, times.start_ns});
      }
    }
  }
  if (const OpenFilePtr& file = file_of(files, pid, *event.fd, times)) event.path = file->name;
}

void FdTracker::track(SyscallEvent& event) {
  if (event.kind == EventKind::forked) return forked(event);
  if (event.kind == EventKind::ended) return ended(event);
  if (event.kind == EventKind::new_run) return forget_processes();
  if (event.kind == EventKind::gap || event.kind == EventKind::child_return) return;
  const CallSpec& spec = call_spec(event.abi, event.number);
  const FdEffect effect = fd_effect(event.abi, event.number);
  if (spec.descriptor < 0 && spec.path < 0 && effect == FdEffect::none) return;
  const std::int32_t pid = pid_of(event);
  Files& files = files_of(event);
  const CallTimes times = times_of(event);
  const CallArguments arguments(event);
  note_target(event, files, pid, times, arguments);
  if (effect == FdEffect::none || event.kind == EventKind::killed_inside ||
      event.kind == EventKind::no_return)
    return;
  const Call call{event, arguments, files, times, pid, event.return_value.value_or(0)};
  if (effect == FdEffect::connect || effect == FdEffect::bind) {
    path_.clear();
    apply(effect, call);
    if (!path_.empty()) event.path = path_;
    return;
  }
  if (event.error != 0) return;
  // What the call does may rename, or let go, the file whose name this is.
  if (event.path.data() != path_.data()) event.path = path_.assign(event.path);
  if (effect == FdEffect::address_peer) return note_peer(event, files, pid, times, arguments);
  apply(effect, call);
  if (effect == FdEffect::receive) note_peer(event, files, pid, times, arguments);
}

// A datagram goes to, or came from, an address of its own.
void FdTracker::note_peer(SyscallEvent& event, Files& files, std::int32_t pid, const CallTimes& times,
                          const CallArguments& arguments) {
  const OpenFilePtr& file = file_of(files, pid, event.fd.value_or(-1), times);
  const SocketType type = file != nullptr ? file->type : SocketType::unknown;
  if (type == SocketType::stream) return;
  const auto peer = arguments.datagram_address();
  if (!peer || peer->text.empty()) return;
  path_ = std::string(socket_word(peer->family, type)).append(":").append(peer->text);
  event.path = path_;
}

}  // namespace latimer
