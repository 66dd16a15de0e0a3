// FdTracker: which file or peer each call was about. Follows descriptors through the calls that open, copy,
// pass on and close them, the same for all backends.
//
// Events have to come about in the order in which the calls ended. What the tracer itself says about a
// descriptor (strace -y) is believed, and remembered. Not thread-safe. Memory: living processes and their
// open descriptors.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/engine/call_arguments.h"
#include "core/engine/descriptor_oracle.h"
#include "core/engine/fd_effect.h"
#include "core/engine/fd_table.h"
#include "core/model/syscall_event.h"

namespace latimer {

struct FdTrackerOptions {
  // Whom to ask about descriptors that nobody was seen to open; nullptr: nobody. Must live longer.
  DescriptorOracle* oracle = nullptr;
  bool believe_annotations = true;
};

class FdTracker {
 public:
  explicit FdTracker(const FdTrackerOptions& options) : options_(options) {}

  // Sets event.fd and event.path, which is good until the next call. What they are about is as it was while
  // the call ran.
  void track(SyscallEvent& event);

  // Has the oracle tell what a process has open now, before its first event.
  void seed(std::int32_t pid);

  // What comes next is of other processes, whatever their pids.
  void forget_processes();

  // Paths that were longer than what was captured of them; they are told as far as they are known.
  [[nodiscard]] std::uint64_t cut_paths() const { return cut_paths_; }

 private:
  struct Files {
    std::shared_ptr<FdTable> table = std::make_shared<FdTable>();
    std::shared_ptr<std::string> folder = std::make_shared<std::string>();  // empty: unknown
    std::optional<std::uint64_t> epoch;
    bool asked_folder = false;
  };
  // A call that returned, and what is around it.
  struct Call {
    const SyscallEvent& event;
    const CallArguments& arguments;
    Files& files;
    CallTimes times;
    std::int32_t pid = 0;
    std::int64_t value = 0;  // that it returned
  };

  Files& files_of(const SyscallEvent& event);
  void forked(const SyscallEvent& event);
  void ended(const SyscallEvent& event);
  const OpenFilePtr& file_of(Files& files, std::int32_t pid, std::int32_t fd, const CallTimes& times);
  const std::string& folder_of(Files& files, std::int32_t pid);
  std::string absolute(Files& files, std::int32_t pid, const CallTimes& times, const CallArguments& arguments,
                       int path_index, std::string_view path);
  void note_target(SyscallEvent& event, Files& files, std::int32_t pid, const CallTimes& times,
                   const CallArguments& arguments);
  void note_peer(SyscallEvent& event, Files& files, std::int32_t pid, const CallTimes& times,
                 const CallArguments& arguments);

  // What calls do (fd_tracker_effects.cpp).
  void apply(FdEffect effect, const Call& call);
  static void open(const Call& call, std::int64_t fd, OpenFile file, bool close_on_exec);
  static void open_path(const Call& call);
  static void make_memory_file(const Call& call);
  void control(const Call& call);
  void duplicate(const Call& call, std::int64_t to, bool close_on_exec);
  static void make_pair(const Call& call, int index, const OpenFile& file);
  void make_socket(const Call& call, FdEffect effect);
  void accept(const Call& call);
  void name_socket(const Call& call, std::string_view suffix);
  void listen(const Call& call);
  static void receive(const Call& call);
  static void close_range(const Call& call);
  static void execute(const Call& call);
  void clone(const Call& call);
  void unshare(const Call& call);

  FdTrackerOptions options_;
  std::unordered_map<std::int32_t, Files> processes_;  // by tgid
  std::unordered_map<std::int32_t, Files>
      apart_;         // by tid: threads that share no descriptors with their process
  std::string path_;  // of the latest event
  std::uint64_t pipes_ = 0, socket_pairs_ = 0;
  std::uint64_t cut_paths_ = 0;
};

// `path` below `folder`, without "//", "/./" and "x/.."; a folder that is not known gives "./path". Symbolic
// links are not looked at.
[[nodiscard]] std::string join_path(std::string_view folder, std::string_view path);

}  // namespace latimer
