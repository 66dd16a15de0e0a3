#include "validation/compare/peers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "core/stats/bootstrap.h"

namespace latimer::compare {
namespace {

// With some hundred rows of a comparison, a way that stands out by chance alone should be rare.
constexpr double kRare = 0.001;

using Numbers = std::vector<double>;
using ByWay = std::map<std::string, Numbers>;

double mean(const Numbers& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

bool constant(const Numbers& values) {
  return std::all_of(values.begin(), values.end(), [&](double value) { return value == values.front(); });
}

Numbers all_but(const ByWay& ways, const std::string& mine) {
  Numbers others;
  for (const auto& [way, values] : ways) {
    if (way != mine) others.insert(others.end(), values.begin(), values.end());
  }
  return others;
}

PeerVerdict verdict_of(const ByWay& ways) {
  Numbers all = all_but(ways, "");
  if (constant(all)) return PeerVerdict::equal;
  const bool every_constant =
      std::all_of(ways.begin(), ways.end(), [](const auto& way) { return constant(way.second); });
  const bool enough =
      std::all_of(ways.begin(), ways.end(), [](const auto& way) { return way.second.size() >= kFewRuns; });
  if (!enough) return PeerVerdict::unclear;
  if (every_constant) return PeerVerdict::differs;
  for (const auto& [way, values] : ways) {
    const Numbers others = all_but(ways, way);
    if (!others.empty() && chance_of_difference(values, others) < kRare) return PeerVerdict::timing;
  }
  return PeerVerdict::varies;
}

PeerRow row_of(const std::string& what, const ByWay& ways) {
  PeerRow row{what, verdict_of(ways), {}};
  for (const auto& [way, values] : ways) {
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    row.ways.push_back(
        {way, static_cast<std::uint64_t>(*least), static_cast<std::uint64_t>(*most), median(values)});
  }
  return row;
}

// Whoever kills himself by one of these sees no return: the kernel's tracepoint does, and ptrace does not. So
// its completions and the calls that its caller died in are one number.
bool may_kill_its_caller(std::string_view call) {
  constexpr std::array<std::string_view, 6> kCalls = {
      "kill", "tkill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo", "pidfd_send_signal"};
  const std::string_view name = call.substr(call.find(':') + 1);
  return std::find(kCalls.begin(), kCalls.end(), name) != kCalls.end();
}

std::uint64_t number_of(const Observation& seen, const std::string& call, const std::string& error) {
  const auto found = seen.calls.find(call);
  if (found == seen.calls.end()) return 0;
  const CallCounts& counts = found->second.counts;
  if (error.empty())
    return counts.count + (may_kill_its_caller(call) ? found->second.killed_inside.value_or(0) : 0);
  const auto its = counts.errors.find(error);
  return its == counts.errors.end() ? 0 : its->second;
}

}  // namespace

std::string_view to_string(PeerVerdict verdict) {
  constexpr std::array<std::string_view, 5> kNames = {"equal", "varies", "timing", "unclear", "DIFFERS"};
  return kNames[static_cast<std::size_t>(verdict)];
}

double chance_of_difference(const std::vector<double>& mine, const std::vector<double>& others) {
  constexpr int kRegroupings = 5000;
  Numbers all = mine;
  all.insert(all.end(), others.begin(), others.end());
  const double total = std::accumulate(all.begin(), all.end(), 0.0);
  const auto mine_size = static_cast<double>(mine.size()), others_size = static_cast<double>(others.size());
  const double real = std::abs(mean(mine) - mean(others));
  std::mt19937_64 random(1);
  int as_great = 1;  // the real grouping is one of them
  for (int i = 0; i < kRegroupings; ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < mine.size(); ++k) {
      std::swap(all[k], all[k + random() % (all.size() - k)]);
      sum += all[k];
    }
    as_great += std::abs(sum / mine_size - (total - sum) / others_size) >= real * (1 - 1e-12) ? 1 : 0;
  }
  return static_cast<double>(as_great) / (kRegroupings + 1);
}

std::vector<PeerRow> compare_peers(const std::vector<PeerRun>& runs,
                                   const std::function<bool(std::string_view call)>& judged) {
  std::set<std::pair<std::string, std::string>> keys;  // call, and error or ""
  for (const PeerRun& run : runs) {
    for (const auto& [call, row] : run.seen->calls) {
      if (!judged(call)) continue;
      keys.emplace(call, "");
      for (const auto& [error, count] : row.counts.errors) keys.emplace(call, error);
    }
  }
  std::vector<PeerRow> rows;
  for (const auto& [call, error] : keys) {
    ByWay ways;
    for (const PeerRun& run : runs)
      ways[run.way].push_back(static_cast<double>(number_of(*run.seen, call, error)));
    rows.push_back(row_of(error.empty() ? call : call + " " + error, ways));
  }
  return rows;
}

}  // namespace latimer::compare
