#include "validation/overhead/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace latimer::overhead {
namespace {

// The limits of the usual capture (ebpf-aggregate), by task: how much longer it may run.
struct MostSlowdown {
  std::string_view task;
  double percent;
  unsigned beats;  // in each round
};
constexpr std::array kMostSlowdown = {MostSlowdown{"compile", 1, 10}, MostSlowdown{"dd-1m", 1, 20},
                                      MostSlowdown{"write-fsync", 1, 20}, MostSlowdown{"cpu", 1, 20},
                                      MostSlowdown{"sqlite", 5, 8}};
constexpr unsigned kRedisBeats = 6;
constexpr double kMostOfSyscount = 0.7;     // of the throughput that syscount -L costs
constexpr double kMostOfEmptyPair = 3;      // of what the empty pair costs
constexpr double kLeastToSyscount = 1.7;    // syscount's ns per call to ours
constexpr double kLeastToBpftrace = 3;      // bpftrace's
constexpr double kMostOfStraceFile = 1.05;  // of the wall time of strace writing to a file

bool is_redis(const Task& task) { return task.name.starts_with("redis-"); }

bool has_most_slowdown(const Task& task) {
  return std::any_of(kMostSlowdown.begin(), kMostSlowdown.end(),
                     [&](const MostSlowdown& one) { return one.task == task.name; });
}

class Judge {
 public:
  Judge(const std::vector<Task>& tasks, const std::vector<Competitor>& competitors,
        const std::vector<Row>& rows)
      : tasks_(tasks), competitors_(competitors), rows_(rows) {}

  std::vector<Limit> all();

 private:
  [[nodiscard]] const Row* row(std::string_view task, std::string_view competitor) const;
  [[nodiscard]] bool has_task(std::string_view name) const;
  void slowdown(std::string_view task, double percent);
  void dd_within_its_call();
  [[nodiscard]] std::string pair_on_dd() const;
  void throughput(std::string_view task, std::string_view other, double most);
  void dearer(std::string_view other, double least);
  void cheapest();
  void strace_to_file(const Task& task);
  // `rows`: those that it rests on.
  void add(Limit limit, std::optional<Interval> seen, std::string why_not,
           std::initializer_list<const Row*> rows);

  const std::vector<Task>& tasks_;
  const std::vector<Competitor>& competitors_;
  const std::vector<Row>& rows_;
  std::vector<Limit> limits_;
};

const Row* Judge::row(std::string_view task, std::string_view competitor) const {
  for (const Row& one : rows_) {
    if (tasks_[one.task].name == task && competitors_[one.competitor].name == competitor) return &one;
  }
  return nullptr;
}

bool Judge::has_task(std::string_view name) const {
  return std::any_of(tasks_.begin(), tasks_.end(), [&](const Task& task) { return task.name == name; });
}

void Judge::add(Limit limit, std::optional<Interval> seen, std::string why_not,
                std::initializer_list<const Row*> rows) {
  const bool few = std::any_of(rows.begin(), rows.end(),
                               [](const Row* one) { return one != nullptr && one->runs < kLeastRounds; });
  if (seen && few) {
    seen.reset();
    why_not = fmt::format("fewer than {} runs say too little", kLeastRounds);
  }
  limit.seen = seen;
  if (seen)
    limit.verdict = judge(*seen, limit.bound, limit.at_most);
  else
    limit.why_not = std::move(why_not);
  limits_.push_back(std::move(limit));
}

double percent_of(double ratio) { return (ratio - 1) * 100; }

std::string not_measured(std::string_view who) { return fmt::format("{} was not measured", who); }

// The ratio of two costs. A cost of nothing or less makes no ratio: the interval is infinite, the verdict
// open.
Interval ratio_of_costs(const std::vector<double>& below, const std::vector<double>& above) {
  Interval ratio = ratio_of_medians(below, above);
  const Interval divisor = shift_of_medians(std::vector<double>(below.size(), 0.0), below);
  if (divisor.low > 0) return ratio;
  return {ratio.estimate, -INFINITY, INFINITY};
}

// Round by round where both have run in all of them.
Interval paired_ratio(const std::vector<double>& below, const std::vector<double>& above) {
  return below.size() == above.size() ? median_of_ratios(below, above) : ratio_of_medians(below, above);
}

void Judge::slowdown(std::string_view task, double percent) {
  Limit limit;
  limit.about = fmt::format("{} on {}: slowdown", kAggregate, task);
  limit.bound = 1 + percent / 100;
  limit.bound_text = fmt::format("< {} %", percent);
  limit.as_percent = true;
  const Row* const ours = row(task, kAggregate);
  // What is no tracer's doing: the limit was set on a host where a tracepoint costs 16 ns, and on others it
  // is 120.
  const Row* const least = row(task, kEmptyPair);
  if (least != nullptr && least->slowdown && least->runs >= kLeastRounds) {
    const Interval& pair = *least->slowdown;
    limit.quoted = fmt::format("an empty program pair {:+.2f} % ({:.2f} to {:.2f})",
                               percent_of(pair.estimate), percent_of(pair.low), percent_of(pair.high));
  }
  add(std::move(limit), ours != nullptr ? ours->slowdown : std::nullopt, not_measured(kAggregate), {ours});
}

// The same of the empty pair, which has no data of its own that dd's could push out of the caches.
std::string Judge::pair_on_dd() const {
  const Row* const dd = row("dd-512", kEmptyPair);
  const Row* const loop = row("getppid", kEmptyPair);
  const auto enough = [](const Row* one) {
    return one != nullptr && one->runs >= kLeastRounds && !one->added_wall_ns.empty();
  };
  if (!enough(dd) || !enough(loop)) return "";
  const Interval ratio = ratio_of_costs(loop->added_wall_ns, dd->added_wall_ns);
  if (!std::isfinite(ratio.low)) return "";
  return fmt::format("an empty program pair {:.3f} ({:.3f} to {:.3f})", ratio.estimate, ratio.low,
                     ratio.high);
}

void Judge::dd_within_its_call() {
  Limit limit;
  limit.about = fmt::format("{} on dd-512: ns of wall time per call, to those of getppid", kAggregate);
  limit.bound = 1;
  limit.bound_text = "<= 1";
  const Row* const dd = row("dd-512", kAggregate);
  const Row* const loop = row("getppid", kAggregate);
  const bool there =
      dd != nullptr && loop != nullptr && !dd->added_wall_ns.empty() && !loop->added_wall_ns.empty();
  if (there)
    limit.quoted =
        fmt::format("{:.0f} ns to {:.0f} ns", median(dd->added_wall_ns), median(loop->added_wall_ns));
  if (const std::string pair = pair_on_dd(); there && !pair.empty()) limit.quoted += "; " + pair;
  add(std::move(limit),
      there ? std::optional(ratio_of_costs(loop->added_wall_ns, dd->added_wall_ns)) : std::nullopt,
      "it needs both, dd-512 and getppid", {dd, loop});
}

void Judge::throughput(std::string_view task, std::string_view other, double most) {
  Limit limit;
  limit.about = fmt::format("{} on {}: throughput lost, to what {} costs", kAggregate, task, other);
  limit.bound = most;
  limit.bound_text = fmt::format("<= {}", most);
  const Row* const ours = row(task, kAggregate);
  const Row* const theirs = row(task, other);
  const bool there =
      ours != nullptr && theirs != nullptr && !ours->lost_share.empty() && !theirs->lost_share.empty();
  if (there)
    limit.quoted =
        fmt::format("{:.1f} % to {:.1f} %", 100 * median(ours->lost_share), 100 * median(theirs->lost_share));
  add(std::move(limit),
      there ? std::optional(ratio_of_costs(theirs->lost_share, ours->lost_share)) : std::nullopt,
      not_measured(ours == nullptr ? kAggregate : other), {ours, theirs});
}

void Judge::dearer(std::string_view other, double least) {
  Limit limit;
  limit.about = fmt::format("getppid: ns per call of {}, to those of {}", other, kAggregate);
  limit.bound = least;
  limit.bound_text = fmt::format(">= {}", least);
  limit.at_most = false;
  const Row* const ours = row("getppid", kAggregate);
  const Row* const theirs = row("getppid", other);
  const bool there = ours != nullptr && theirs != nullptr && ours->ns_per_call && theirs->ns_per_call;
  if (there)
    limit.quoted =
        fmt::format("{:.0f} ns to {:.0f} ns", theirs->ns_per_call->estimate, ours->ns_per_call->estimate);
  add(std::move(limit),
      there ? std::optional(ratio_of_costs(ours->added_ns, theirs->added_ns)) : std::nullopt,
      not_measured(ours == nullptr ? kAggregate : other), {ours, theirs});
}

void Judge::cheapest() {
  Limit limit;
  limit.bound = 1;
  limit.bound_text = ">= 1";
  limit.at_most = false;
  limit.about = fmt::format("getppid: ns per call of the cheapest peer, to those of {}", kAggregate);
  const Row* const ours = row("getppid", kAggregate);
  const Row* best = nullptr;
  for (const Row& one : rows_) {
    const bool peer = competitors_[one.competitor].kind == Kind::peer && tasks_[one.task].name == "getppid";
    if (!peer || !one.ns_per_call) continue;
    if (best == nullptr || one.ns_per_call->estimate < best->ns_per_call->estimate) best = &one;
  }
  const bool there = ours != nullptr && best != nullptr && ours->ns_per_call;
  if (there)
    limit.quoted = fmt::format("{}: {:.0f} ns to {:.0f} ns", competitors_[best->competitor].name,
                               best->ns_per_call->estimate, ours->ns_per_call->estimate);
  add(std::move(limit), there ? std::optional(ratio_of_costs(ours->added_ns, best->added_ns)) : std::nullopt,
      ours == nullptr ? not_measured(kAggregate) : "no peer was measured", {ours, best});
}

void Judge::strace_to_file(const Task& task) {
  Limit limit;
  limit.about =
      fmt::format("strace backend on {}: wall time, to the same strace's that writes to a file", task.name);
  limit.bound = kMostOfStraceFile;
  limit.bound_text = fmt::format("<= {}", kMostOfStraceFile);
  const Row* const ours = row(task.name, kStrace);
  const Row* const theirs = row(task.name, kStraceToFile);
  const bool there = ours != nullptr && theirs != nullptr && ours->slowdown && theirs->slowdown;
  if (there)
    limit.quoted = fmt::format("{:.2f} x to {:.2f} x", ours->slowdown->estimate, theirs->slowdown->estimate);
  add(std::move(limit),
      there ? std::optional(paired_ratio(theirs->slowdowns, ours->slowdowns)) : std::nullopt,
      not_measured(ours == nullptr ? "the strace backend" : kStraceToFile), {ours, theirs});
}

std::vector<Limit> Judge::all() {
  for (const MostSlowdown& one : kMostSlowdown) {
    if (has_task(one.task)) slowdown(one.task, one.percent);
  }
  if (has_task("dd-512")) dd_within_its_call();
  for (const std::string_view task : {"redis-get", "redis-set"}) {
    if (!has_task(task)) continue;
    throughput(task, kSyscount, kMostOfSyscount);
    throughput(task, kEmptyPair, kMostOfEmptyPair);
  }
  if (has_task("getppid")) {
    cheapest();
    dearer(kSyscount, kLeastToSyscount);
    dearer(kBpftraceHist, kLeastToBpftrace);
  }
  for (const Task& task : tasks_) strace_to_file(task);
  return std::move(limits_);
}

}  // namespace

Judgment judge(const Interval& seen, double bound, bool at_most) {
  const double sign = at_most ? 1 : -1;
  const double low = sign * (at_most ? seen.low : seen.high);
  const double high = sign * (at_most ? seen.high : seen.low);
  if (std::isnan(low) || std::isnan(high)) return Judgment::open;
  if (high <= sign * bound) return Judgment::met;
  return low > sign * bound ? Judgment::missed : Judgment::open;
}

bool is_judged(const Task& task, const Competitor& competitor) {
  const std::string_view name = competitor.name;
  if (name == kStrace || name == kStraceToFile) return true;
  if (name == kAggregate) return true;
  const bool redis = is_redis(task);
  if (name == kSyscount) return redis || task.name == "getppid";
  if (name == kEmptyPair)
    return redis || has_most_slowdown(task) || task.name == "dd-512" || task.name == "getppid";
  return name == kBpftraceHist && task.name == "getppid";
}

bool in_all_beats(const Task& task, const Competitor& competitor) {
  if (competitor.name == kAggregate) return true;
  if (competitor.name == kEmptyPair) return is_redis(task) || has_most_slowdown(task);
  return competitor.name == kSyscount && is_redis(task);
}

unsigned beats_of(const Task& task, unsigned rounds) {
  if (rounds >= kLeastRounds && is_redis(task)) return kRedisBeats;
  for (const MostSlowdown& one : kMostSlowdown) {
    if (one.task == task.name && rounds >= kLeastRounds) return one.beats;
  }
  return 1;
}

std::vector<Limit> judge_all(const std::vector<Task>& tasks, const std::vector<Competitor>& competitors,
                             const std::vector<Row>& rows) {
  return Judge(tasks, competitors, rows).all();
}

}  // namespace latimer::overhead
