#include "backends/ebpf/cost.h"

#include <bpf/bpf.h>
#include <fmt/format.h>

#include <cerrno>

#include "core/sys/fd_util.h"

namespace latimer::ebpf {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBegin{200};  // after the start, when caches are warm
constexpr milliseconds kLength{20};

}  // namespace

void CostSlice::tick(const Programs& programs) {
  const auto now = Clock::now();
  if (phase_ == Phase::open && now - opened_ >= kLength) close(programs);
  if (phase_ != Phase::waiting || now - start_ < kBegin) return;
  stats_.reset(bpf_enable_stats(BPF_STATS_RUN_TIME));
  if (!stats_) {
    unknown_reason_ = fmt::format(
        "own cost not measured: run-time statistics are not permitted ({}); CAP_SYS_ADMIN would be needed",
        errno_text(errno));
    phase_ = Phase::done;
    return;
  }
  before_ = programs.runs();
  opened_ = now;
  phase_ = Phase::open;
}

void CostSlice::close(const Programs& programs) {
  const ProgramRuns now = programs.runs();
  runs_ = ProgramRuns{now.enter_count - before_.enter_count, now.enter_ns - before_.enter_ns,
                      now.exit_count - before_.exit_count, now.exit_ns - before_.exit_ns};
  stats_.reset();
  phase_ = Phase::done;
}

void CostSlice::end_run(const Programs& programs) {
  if (phase_ == Phase::open) close(programs);
}

void CostSlice::report(SourceCost& cost) const {
  if (!unknown_reason_.empty()) {
    cost.unknown_reason = unknown_reason_;
  } else if (phase_ != Phase::done || !runs_) {
    cost.unknown_reason =
        fmt::format("own cost not measured: the run was shorter than {} ms", kBegin.count());
  } else if (runs_->exit_count == 0) {
    cost.unknown_reason = fmt::format(
        "own cost not measured: no call was made in the {} ms that it was looked at", kLength.count());
  } else {
    const auto mean = [](std::uint64_t ns, std::uint64_t count) {
      return count == 0 ? 0.0 : static_cast<double>(ns) / static_cast<double>(count);
    };
    cost.ns_per_call = mean(runs_->enter_ns, runs_->enter_count) + mean(runs_->exit_ns, runs_->exit_count);
    cost.measured_calls = runs_->exit_count;
  }
}

}  // namespace latimer::ebpf
