#include "validation/overhead/measurement.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/sys/fd_util.h"
#include "validation/measure/programs.h"
#include "validation/overhead/plan.h"
#include "validation/overhead/quiet.h"
#include "validation/overhead/seen.h"
#include "validation/overhead/tool_run.h"

namespace latimer::overhead {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr unsigned kTries = 3;
constexpr auto kFirstPatience = 2s;
constexpr auto kPatience = 10s;  // for tracers that are about to leave
constexpr auto kIdlePatience = 2s;

std::uint64_t own_cpu_ns() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto ns = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(time.tv_usec) * 1'000U;
  };
  return ns(usage.ru_utime) + ns(usage.ru_stime);
}

// CPU that others used while something was measured.
class Others {
 public:
  // `tree_ns`: what was measured used.
  [[nodiscard]] bool disturbed(std::uint64_t tree_ns) const {
    const auto now = busy_ns();
    if (!before_ || !now) return false;
    const auto elapsed = std::chrono::nanoseconds(SteadyClock::now() - start_).count();
    const double ours = static_cast<double>(tree_ns + own_cpu_ns() - own_);
    // /proc/stat counts in steps of 10 ms; and the kernel's own threads work for what is measured.
    constexpr double kSteps = 60e6, kShare = 0.10;
    return static_cast<double>(*now - *before_) - ours > kSteps + kShare * static_cast<double>(elapsed);
  }

 private:
  std::optional<std::uint64_t> before_ = busy_ns();
  std::uint64_t own_ = own_cpu_ns();
  SteadyClock::time_point start_ = SteadyClock::now();
};

// As strace -e trace= takes them; a ? before those that another version of it may not know.
std::string calls_about(const Prepared& prepared) {
  std::string names;
  for (const MustShow& must : prepared.must_show) {
    for (const std::string& name : must.any_of) names += (names.empty() ? "?" : ",?") + name;
  }
  return names.empty() ? "all" : names;
}

class Measurement {
 public:
  Measurement(Field field, std::vector<Task> tasks, const MeasurementRequest& request) : request_(request) {
    report_.tasks = std::move(tasks);
    report_.competitors = std::move(field.present);
    report_.absent = std::move(field.absent);
    report_.seed = request.seed;
    report_.rounds = request.rounds;
  }

  Result<OverheadReport> run();

 private:
  enum class Next { go_on, stop };
  Next take(const Step& step);
  // One try; nullopt: it failed, and that is noted, or everything ends.
  std::optional<Sample> try_once(const Step& step, bool& again, Next& next);
  void note_failure(const Step& step, const ToolRunFailure& failure, Next& next);
  void note_foreign(const std::vector<std::string>& who);
  void finish();
  [[nodiscard]] PlanRequest plan_request() const;

  const MeasurementRequest& request_;
  OverheadReport report_;
  std::vector<Sample> samples_;
  std::set<std::pair<std::size_t, std::size_t>> out_;  // task and competitor that failed
  std::set<std::size_t> tasks_out_;
  std::string stopwatch_;
  unsigned number_ = 0;
  unsigned most_repeated_ = 0;
};

void Measurement::note_foreign(const std::vector<std::string>& who) {
  report_.ended_early =
      fmt::format("another tracer came to this host and would be measured, too: {}", fmt::join(who, ", "));
}

void Measurement::note_failure(const Step& step, const ToolRunFailure& failure, Next& next) {
  if (failure.who == Failed::interrupted) {
    report_.ended_early = "interrupted";
    next = Next::stop;
    return;
  }
  const bool alone = report_.competitors[step.competitor].place == Place::alone;
  const std::string_view who = failure.who == Failed::workload ? "the workload: " : "";
  report_.failures.push_back({step.task, step.competitor, fmt::format("{}{}", who, failure.error.message)});
  out_.insert({step.task, step.competitor});
  if (alone) tasks_out_.insert(step.task);
}

std::optional<Sample> Measurement::try_once(const Step& step, bool& again, Next& next) {
  namespace fs = std::filesystem;
  if (const auto who = wait_until_quiet(kPatience); !who.empty()) {
    note_foreign(who);
    next = Next::stop;
    return std::nullopt;
  }
  const Task& task = report_.tasks[step.task];
  const Competitor& competitor = report_.competitors[step.competitor];
  ToolRunRequest run;
  run.competitor = &competitor;
  run.command = &task.at(step.size).command;
  run.calls = calls_about(task.at(step.size));
  run.stopwatch = stopwatch_;
  run.folder = fmt::format("{}/run-{}", request_.folder, ++number_);
  run.limit = request_.limit;
  run.interrupt_fd = request_.interrupt_fd;
  std::error_code error;
  fs::create_directory(run.folder, error);
  const Others others;
  ToolRunOutcome outcome = run_tool(run);
  ++report_.runs;
  std::optional<Sample> sample;
  if (outcome.result) {
    const bool disturbed = others.disturbed(outcome.result->tree_cpu_ns);
    SampleOutcome seen = make_sample(step, task, competitor, *outcome.result, run.folder);
    if (seen.sample) {
      sample = seen.sample;
      sample->disturbed = again = disturbed;
    } else {
      outcome.failure = ToolRunFailure{seen.who, *std::move(seen.error)};
    }
  }
  fs::remove_all(run.folder, error);
  if (outcome.failure) note_failure(step, *outcome.failure, next);
  return sample;
}

Measurement::Next Measurement::take(const Step& step) {
  Next next = Next::go_on;
  if (tasks_out_.contains(step.task) || out_.contains({step.task, step.competitor})) return next;
  std::optional<Sample> sample;
  for (unsigned tried = 0; tried < kTries; ++tried) {
    bool again = false;
    sample = try_once(step, again, next);
    if (!sample || !again || next == Next::stop) break;
    // On a host that is always busy repeating would only take longer.
    if (tried + 1 < kTries && report_.repeated < most_repeated_) {
      ++report_.repeated;
      (void)wait_until_idle(kIdlePatience);
    } else {
      break;
    }
  }
  if (!sample) return next;
  if (sample->disturbed) ++report_.disturbed;
  samples_.push_back(*sample);
  return next;
}

std::string cpu_model() {
  const Result<std::string> text = read_file("/proc/cpuinfo");
  if (!text) return "";
  const std::size_t at = text->find("model name");
  if (at == std::string::npos) return "";
  const std::size_t colon = text->find(": ", at);
  return text->substr(colon + 2, text->find('\n', at) - colon - 2);
}

void Measurement::finish() {
  report_.latimer_version = LATIMER_VERSION;
  report_.host = read_host_info();
  report_.cpu_model = cpu_model();
  report_.rows = make_rows(report_.tasks, report_.competitors, samples_);
  report_.limits = judge_all(report_.tasks, report_.competitors, report_.rows);
  for (std::size_t i = 0; i < report_.tasks.size(); ++i) {
    std::vector<double> calls;
    for (const Size size : {Size::brief, Size::middle, Size::full}) {
      const Size like = report_.tasks[i].effective(size);
      calls.push_back(calls_of(samples_, report_.tasks[i], i, like).value_or(0));
    }
    report_.calls.push_back(std::move(calls));
  }
}

PlanRequest Measurement::plan_request() const {
  PlanRequest plan;
  plan.rounds = request_.rounds;
  plan.seed = request_.seed;
  plan.judged = is_judged;
  plan.beats = [rounds = plan.rounds](const Task& task) { return beats_of(task, rounds); };
  plan.in_all_beats = in_all_beats;
  return plan;
}

Result<OverheadReport> Measurement::run() {
  Result<std::string> stopwatch = find_program_of_ours("latimer-stopwatch");
  if (!stopwatch) return std::move(stopwatch).error();
  stopwatch_ = std::move(stopwatch).value();
  if (const auto who = wait_until_quiet(kFirstPatience); !who.empty()) {
    return Error{
        Errc::unavailable,
        fmt::format("another tracer is on this host and would be measured, too: {}", fmt::join(who, ", ")),
        "end it, then try again"};
  }
  const auto start = SteadyClock::now();
  const std::vector<Step> plan = make_plan(report_.tasks, report_.competitors, plan_request());
  // Where nothing is judged, nobody waits for a calmer moment.
  most_repeated_ = request_.rounds < kLeastRounds ? 0 : static_cast<unsigned>(plan.size() / 5);
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (request_.progress) {
      request_.progress(i, plan.size(),
                        fmt::format("{} under {}", report_.tasks[plan[i].task].name,
                                    report_.competitors[plan[i].competitor].name));
    }
    if (take(plan[i]) == Next::stop) break;
    report_.rounds_done = plan[i].round + (i + 1 == plan.size() ? 1 : 0);
  }
  report_.wall_ns = static_cast<std::uint64_t>(std::chrono::nanoseconds(SteadyClock::now() - start).count());
  finish();
  return std::move(report_);
}

}  // namespace

Result<OverheadReport> measure(Field field, std::vector<Task> tasks, const MeasurementRequest& request) {
  return Measurement(std::move(field), std::move(tasks), request).run();
}

}  // namespace latimer::overhead
