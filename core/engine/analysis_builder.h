// AnalysisBuilder: single calls -> Analysis.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "core/engine/activity.h"
#include "core/engine/connection_builder.h"
#include "core/engine/event_sink.h"
#include "core/engine/target_activities.h"
#include "core/engine/timeline_builder.h"
#include "core/model/analysis.h"

namespace latimer {

// Not thread-safe. Memory: bounded, whatever the number of calls, files and threads.
class AnalysisBuilder : public EventSink {
 public:
  // Processes, and threads. When there are more, those with the least time are in the sums only.
  static constexpr std::size_t kMostTasks = 8'000;

  void event(const SyscallEvent& event) override;
  [[nodiscard]] Analysis finish(std::size_t most_timelines) const;

 private:
  struct TaskEntry {
    std::int32_t pid = 0;
    std::array<char, 16> comm{};
    ActivityBuilder activity;
    std::uint64_t io_ns = 0;
    bool came_late = false;  // there was no room for all before it
  };
  struct Tasks {
    std::unordered_map<std::int32_t, TaskEntry> entries;
    std::uint64_t dropped_calls = 0;  // of those for which there was no room
  };
  // The latest one is asked for again and again.
  struct Latest {
    std::int32_t id = -1;
    TaskEntry* entry = nullptr;
  };

  static TaskEntry& make_task(Tasks& tasks, std::int32_t id);
  static void add_task(Tasks& tasks, Latest& latest, std::int32_t id, const SyscallEvent& event,
                       const CallFigures& call);
  [[nodiscard]] std::vector<WorkRow> work_rows() const;
  [[nodiscard]] std::vector<std::string> limits() const;
  static std::vector<TaskRow> task_rows(const Tasks& tasks, bool threads);

  std::array<ActivityBuilder, kWorkNames.size()> work_;
  std::array<std::uint64_t, kWorkNames.size()> waiting_calls_{};
  std::array<LatencyClassRow, 4> classes_{{{"fast"}, {"medium"}, {"slow"}, {"blocking"}}};
  Tasks processes_, threads_;
  Latest process_, thread_;
  TargetActivities targets_;
  ActivityBuilder all_, unknown_;
  ConnectionBuilder connections_;
  TimelineBuilder timeline_;
};

}  // namespace latimer
