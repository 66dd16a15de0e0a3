#include "validation/overhead/figures.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace latimer::overhead {
namespace {

constexpr std::size_t kNothingIndex = 0, kAgainIndex = 1;  // make_field()

struct Chosen {
  std::size_t task, competitor;
  Size size;
};

// What is compared has the same.
using Beat = std::pair<unsigned, unsigned>;
Beat beat_of(const Sample& sample) { return {sample.step.round, sample.step.beat}; }

std::vector<const Sample*> samples_of(const std::vector<Sample>& samples, const Chosen& chosen) {
  std::vector<const Sample*> found;
  for (const Sample& sample : samples) {
    if (sample.step.task == chosen.task && sample.step.competitor == chosen.competitor &&
        sample.step.size == chosen.size)
      found.push_back(&sample);
  }
  std::sort(found.begin(), found.end(),
            [](const Sample* a, const Sample* b) { return beat_of(*a) < beat_of(*b); });
  return found;
}

using Measured = double (*)(const Sample&);
double own_figure_of(const Sample& sample) { return sample.figure; }
double wall_of(const Sample& sample) { return static_cast<double>(sample.wall_ns); }

// What was measured without a tool in each beat; where it was measured twice, the mean of both.
std::map<Beat, double> bases(const std::vector<Sample>& samples, const Chosen& chosen, Measured measured) {
  std::map<Beat, std::vector<double>> all;
  for (const std::size_t nothing : {kNothingIndex, kAgainIndex}) {
    if (nothing == kAgainIndex && chosen.competitor == kAgainIndex) continue;  // not with itself
    for (const Sample* sample : samples_of(samples, {chosen.task, nothing, chosen.size}))
      all[beat_of(*sample)].push_back(measured(*sample));
  }
  std::map<Beat, double> means;
  for (const auto& [beat, values] : all) {
    double sum = 0;
    for (const double value : values) sum += value;
    means[beat] = sum / static_cast<double>(values.size());
  }
  return means;
}

Interval around_median(const std::vector<double>& values) {
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {median(values), *low, *high};
}

// The median of differences: that of a shift from as many zeros.
Interval median_with_interval(const std::vector<double>& values) {
  return shift_of_medians(std::vector<double>(values.size(), 0.0), values);
}

using Value = std::optional<std::uint64_t> Sample::*;

std::optional<double> median_of(const std::vector<const Sample*>& samples, Value value) {
  std::vector<double> values;
  for (const Sample* sample : samples) {
    if (sample->*value) values.push_back(static_cast<double>(*(sample->*value)));
  }
  if (values.empty()) return std::nullopt;
  return median(values);
}

void compare(Row& row, const Task& task, const std::vector<const Sample*>& samples,
             const std::map<Beat, double>& base, std::optional<double> ns_per_unit) {
  std::vector<double> without, with;
  for (const Sample* sample : samples) {
    const auto found = base.find(beat_of(*sample));
    if (found == base.end() || found->second <= 0 || sample->figure <= 0) continue;
    const double before = found->second, after = sample->figure;
    if (task.figure == Figure::requests_per_second) {
      row.lost_share.push_back(1 - after / before);
      without.push_back(after);
      with.push_back(before);
    } else {
      if (ns_per_unit) row.added_ns.push_back((after - before) * *ns_per_unit);
      without.push_back(before);
      with.push_back(after);
    }
  }
  for (std::size_t i = 0; i < with.size(); ++i) row.slowdowns.push_back(with[i] / without[i]);
  if (!with.empty()) row.slowdown = median_of_ratios(without, with);
  if (!row.added_ns.empty()) row.ns_per_call = median_with_interval(row.added_ns);
}

// What one unit of the figure is in ns for each call; nullopt: not known, or nothing that adds up.
std::optional<double> unit_ns(const std::vector<Sample>& samples, const Task& task, std::size_t index,
                              Size size) {
  if (task.figure == Figure::cycles_per_call) {
    std::optional<double> shortest;
    for (const Sample& sample : samples) {
      if (sample.step.task == index && sample.cycle_ns > 0)
        shortest = std::min(shortest.value_or(sample.cycle_ns), sample.cycle_ns);
    }
    return shortest;
  }
  if (task.figure != Figure::wall_ns) return std::nullopt;
  const auto calls = calls_of(samples, task, index, size);
  // Where calls are so few, the difference of two runs says nothing about one of them.
  constexpr double kLeastCalls = 1000;
  if (!calls || *calls < kLeastCalls) return std::nullopt;
  return 1 / *calls;
}

Row make_row(const Chosen& chosen, const Task& task, const std::vector<Sample>& samples) {
  const auto own = samples_of(samples, chosen);
  Row row;
  row.task = chosen.task;
  row.competitor = chosen.competitor;
  row.size = chosen.size;
  row.runs = static_cast<unsigned>(own.size());
  std::vector<double> figures;
  for (const Sample* sample : own) {
    figures.push_back(sample->figure);
    if (sample->lost) row.lost = row.lost.value_or(0) + *sample->lost;
  }
  row.figure = around_median(figures);
  row.start_ns = median_of(own, &Sample::start_ns);
  row.leave_ns = median_of(own, &Sample::leave_ns);
  row.tool_cpu_ns = median_of(own, &Sample::tool_cpu_ns);
  row.tool_rss_bytes = median_of(own, &Sample::tool_rss_bytes);
  if (chosen.competitor == kNothingIndex) return row;
  compare(row, task, own, bases(samples, chosen, own_figure_of),
          unit_ns(samples, task, chosen.task, chosen.size));
  if (const auto calls = calls_of(samples, task, chosen.task, chosen.size)) {
    const auto base = bases(samples, chosen, wall_of);
    for (const Sample* sample : own) {
      if (const auto found = base.find(beat_of(*sample)); found != base.end())
        row.added_wall_ns.push_back((wall_of(*sample) - found->second) / *calls);
    }
  }
  return row;
}

}  // namespace

std::optional<double> calls_of(const std::vector<Sample>& samples, const Task& task, std::size_t index,
                               Size size) {
  const auto& prepared = task.prepared[static_cast<std::size_t>(size)];
  if (prepared && prepared->calls) return static_cast<double>(*prepared->calls);
  std::vector<double> counted;
  for (const Sample& sample : samples) {
    if (sample.step.task == index && sample.step.size == size && sample.calls && sample.lost == 0U)
      counted.push_back(static_cast<double>(*sample.calls));
  }
  if (counted.empty()) return std::nullopt;
  return median(counted);
}

std::vector<Row> make_rows(const std::vector<Task>& tasks, const std::vector<Competitor>& competitors,
                           const std::vector<Sample>& samples) {
  std::vector<Row> rows;
  for (std::size_t task = 0; task < tasks.size(); ++task) {
    for (std::size_t competitor = 0; competitor < competitors.size(); ++competitor) {
      const Chosen chosen{task, competitor, tasks[task].effective(competitors[competitor].largest)};
      if (!samples_of(samples, chosen).empty()) rows.push_back(make_row(chosen, tasks[task], samples));
    }
  }
  return rows;
}

}  // namespace latimer::overhead
