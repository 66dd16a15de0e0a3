// Source: one capture by BPF programs, as an EventSource.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "backends/ebpf/cost.h"
#include "backends/ebpf/programs.h"
#include "backends/ebpf/reader.h"
#include "backends/ebpf/ring_reader.h"
#include "core/engine/capture_request.h"
#include "core/engine/event_source.h"
#include "core/sys/child_process.h"
#include "core/sys/unique_fd.h"

struct ring_buffer;

namespace latimer::ebpf {

class Source : public EventSource {
 public:
  static Result<std::unique_ptr<EventSource>> open(const CaptureRequest& request);
  ~Source() override;

  Status start() override;
  Result<Next> next(Batch& batch, std::chrono::steady_clock::time_point deadline) override;
  [[nodiscard]] int poll_fd() const override { return epoll_.get(); }
  [[nodiscard]] bool aggregates() const override { return plan_.config.stream == 0; }
  Result<Snapshot> snapshot() override;
  void stop() noexcept override;
  SourceStats stats() override;
  [[nodiscard]] std::optional<std::int32_t> command_pid() const override;
  std::optional<ExitStatus> command_status() override {
    return command_.valid() ? command_.try_wait() : std::nullopt;
  }
  std::optional<ExitStatus> wait_command(std::chrono::steady_clock::time_point deadline) override {
    return command_.valid() ? command_.wait(deadline) : std::nullopt;
  }

 private:
  Source(CaptureRequest request, Plan plan) : request_(std::move(request)), plan_(plan) {}
  Status launch_command();
  Status prepare_waiting();
  Status mark_targets();
  bool seed_again();
  Status judge_marks();
  [[nodiscard]] bool targets_gone();
  void detach();
  [[nodiscard]] std::optional<TargetCpu> target_cpu();
  [[nodiscard]] std::function<bool(const lat_walk_record&)> judge_of_old_calls();
  [[nodiscard]] InFlight describe(const lat_walk_record& record, std::uint64_t now);

  CaptureRequest request_;
  Plan plan_;
  std::unique_ptr<Programs> programs_;
  std::unique_ptr<Reader> reader_;
  std::unique_ptr<RingReader> rings_;
  ring_buffer* notices_ = nullptr;
  UniqueFd epoll_;
  ChildProcess command_;
  std::vector<UniqueFd> processes_;  // of a PidTarget
  CgroupNames cgroups_;
  CostSlice cost_;
  std::vector<SyscallEvent> events_;
  std::vector<lat_walk_record> walked_;  // the last walk's
  bool walk_known_ = true;               // false: the final walk failed
  std::uint64_t walked_at_ns_ = 0;
  std::uint64_t calls_inside_ = 0;  // of the last walk: entered under observation and not left
  std::vector<std::string> warnings_;
  std::uint64_t kernel_bytes_ = 0;
  std::chrono::steady_clock::time_point next_reclaim_;
  bool command_watched_ = false;  // its pidfd is in epoll_
  std::mutex stop_mutex_;
  std::atomic<bool> stopped_ = false;
  bool drained_ = false;
};

}  // namespace latimer::ebpf
