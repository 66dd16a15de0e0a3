#include "core/engine/analysis_builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/engine/coldest.h"
#include "core/engine/fd_effect.h"
#include "core/model/syscall_class.h"

namespace latimer {
namespace {

constexpr std::uint64_t kFastBelowNs = 10'000;
constexpr std::uint64_t kMediumUpToNs = 100'000;

bool is_io(Work work) {
  switch (work) {
    case Work::fsync:
    case Work::disk_read:
    case Work::disk_write:
    case Work::metadata:
    case Work::network:
    case Work::pipe:
    case Work::unknown_io:
      return true;
    default:
      return false;
  }
}

std::size_t latency_class(const CallFigures& call) {
  if (call.waits) return 3;
  if (call.ns < kFastBelowNs) return 0;
  return call.ns <= kMediumUpToNs ? 1 : 2;
}

CallFigures figures_of(const SyscallEvent& event) {
  CallFigures call;
  call.timed = event.duration_ns.has_value();
  call.ns = static_cast<std::uint64_t>(event.duration_ns.value_or(0));
  call.failed = event.error != 0;
  call.waits = is_waiting_call(event.abi, event.number);
  call.way = data_way(event.abi, event.number);
  call.bytes = bytes_moved(event);
  call.work = work_of(event.abi, event.number, kind_of_target(event.path));
  return call;
}

}  // namespace

AnalysisBuilder::TaskEntry& AnalysisBuilder::make_task(Tasks& tasks, std::int32_t id) {
  if (tasks.entries.size() >= kMostTasks)
    drop_coldest_half(tasks.entries,
                      [&tasks](const TaskEntry& task) { tasks.dropped_calls += task.activity.sum().count; });
  TaskEntry& task = tasks.entries[id];
  task.came_late = tasks.dropped_calls > 0;
  return task;
}

void AnalysisBuilder::add_task(Tasks& tasks, Latest& latest, std::int32_t id, const SyscallEvent& event,
                               const CallFigures& call) {
  if (latest.id != id || latest.entry == nullptr) {
    const auto known = tasks.entries.find(id);
    latest = {id, known != tasks.entries.end() ? &known->second : &make_task(tasks, id)};
  }
  TaskEntry& task = *latest.entry;
  task.pid = event.tgid.value_or(event.tid);
  if (event.comm[0] != '\0') task.comm = event.comm;
  task.activity.add(call);
  if (call.timed && !call.waits && is_io(call.work)) task.io_ns += call.ns;
}

void AnalysisBuilder::event(const SyscallEvent& event) {
  // Completions, as everywhere: a call that death ended says how long its caller lived, and not what it did.
  if (event.kind == EventKind::no_return) return connections_.ended(event);
  if (event.kind != EventKind::completed && event.kind != EventKind::refused &&
      (event.flags & kHalfSeen) == 0)
    return;
  const CallFigures call = figures_of(event);
  const auto work = static_cast<std::size_t>(call.work);
  work_[work].add(call);
  if (call.waits) ++waiting_calls_[work];
  if (call.timed) {
    LatencyClassRow& row = classes_[latency_class(call)];
    ++row.count;
    row.total_ns += call.ns;
  }
  all_.add(call);
  add_task(processes_, process_, event.tgid.value_or(event.tid), event, call);
  add_task(threads_, thread_, event.tid, event, call);
  if (!event.path.empty()) {
    TargetActivities::Entry& target = targets_.of(peer_without_port(event.path));
    target.activity.add(call);
    if (call.work == Work::metadata && !call.failed &&
        fd_effect(event.abi, event.number) == FdEffect::open_path)
      ++target.opens;
  } else if (event.fd) {
    unknown_.add(call);
  }
  connections_.add(event, call);
  timeline_.add(event, call);
}

std::vector<WorkRow> AnalysisBuilder::work_rows() const {
  std::vector<WorkRow> rows;
  for (std::size_t i = 0; i < work_.size(); ++i) {
    if (work_[i].sum().count == 0) continue;
    WorkRow row{static_cast<Work>(i), work_[i].finish(), false, false};
    row.waits = waiting_calls_[i] * 2 > row.activity.count;
    rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(), [](const WorkRow& a, const WorkRow& b) {
    return std::pair(a.activity.total_ns, a.activity.count) >
           std::pair(b.activity.total_ns, b.activity.count);
  });
  WorkRow* most = nullptr;
  const auto working = [](const WorkRow& row) { return row.activity.total_ns - row.activity.waiting_ns; };
  for (WorkRow& row : rows) {
    if (working(row) > 0 && (most == nullptr || working(row) > working(*most))) most = &row;
  }
  if (most != nullptr) most->bottleneck = true;
  return rows;
}

std::vector<TaskRow> AnalysisBuilder::task_rows(const Tasks& tasks, bool threads) {
  std::vector<TaskRow> rows;
  rows.reserve(tasks.entries.size());
  for (const auto& [id, task] : tasks.entries)
    rows.push_back({task.pid, threads ? id : 0, std::string(task.comm.data()), task.activity.finish(),
                    task.io_ns, task.came_late});
  std::sort(rows.begin(), rows.end(), [](const TaskRow& a, const TaskRow& b) {
    const auto key = [](const TaskRow& row) {
      return std::pair(row.activity.total_ns - row.activity.waiting_ns, row.activity.count);
    };
    return key(a) != key(b) ? key(a) > key(b) : std::pair(a.pid, a.tid) < std::pair(b.pid, b.tid);
  });
  return rows;
}

std::vector<std::string> AnalysisBuilder::limits() const {
  std::vector<std::string> limits;
  if (targets_.is_full())
    limits.push_back(
        fmt::format("more than {} files and peers: those with the least time were put together to make room, "
                    "and rows marked "
                    "as \"at least\" (>=) came after that",
                    TargetActivities::kMost));
  const auto note_dropped = [&limits](const Tasks& tasks, std::string_view what) {
    if (tasks.dropped_calls > 0)
      limits.push_back(
          fmt::format("more than {} {}: {} calls of those with the least time are in the sums only, and "
                      "rows marked as \"at least\" (>=) came after that",
                      kMostTasks, what, tasks.dropped_calls));
  };
  note_dropped(processes_, "processes");
  note_dropped(threads_, "threads");
  if (connections_.left_out() > 0)
    limits.push_back(fmt::format(
        "{} calls on connections are in no row of theirs: more than {} were open, or had peers of their own",
        connections_.left_out(), ConnectionBuilder::kMost));
  if (timeline_.calls_left_out() > 0)
    limits.push_back(
        fmt::format("{} calls of threads after the first {} are drawn in the whole, and in no thread",
                    timeline_.calls_left_out(), TimelineBuilder::kMostThreads));
  return limits;
}

Analysis AnalysisBuilder::finish(std::size_t most_timelines) const {
  Analysis analysis;
  analysis.work = work_rows();
  analysis.classes = classes_;
  analysis.processes = task_rows(processes_, false);
  analysis.threads = task_rows(threads_, true);
  TargetActivities::Result targets = targets_.finish();
  analysis.files = std::move(targets.files);
  analysis.peers = std::move(targets.peers);
  analysis.files_in_all = analysis.files.size();
  analysis.peers_in_all = analysis.peers.size();
  analysis.other_targets = targets.others;
  analysis.other_target_count = targets.other_count;
  analysis.connections = connections_.finish();
  analysis.unknown_targets = unknown_.finish();
  analysis.all = all_.finish();
  analysis.timeline = timeline_.finish(most_timelines);
  analysis.limits = limits();
  return analysis;
}

}  // namespace latimer
