// latimer-descriptors LOG...: logs of strace -f -y -o; prints how often FdTracker and strace -y agree, and
// exits 1 when that is less than 99.9 % of what could be followed.
#include <fmt/format.h>

#include <array>
#include <chrono>

#include "backends/strace/log_source.h"
#include "validation/descriptors/agreement.h"

using namespace latimer;

namespace {

constexpr double kWanted = 0.999;

bool read_log(const char* path, descriptors::Agreement& agreement) {
  CaptureRequest request;
  request.target = LogTarget{{path}, "", 1};
  request.mode = CaptureMode::stream;
  request.details = true;
  auto source = strace::LogSource::open(request);
  if (!source || !(*source)->start()) return false;
  for (;;) {
    Batch batch;
    const Result<Next> next = (*source)->next(batch, std::chrono::steady_clock::time_point::max());
    if (!next) {
      fmt::print(stderr, "{}: {}\n", path, next.error().message);
      return false;
    }
    for (SyscallEvent& event : batch.events) agreement.add(event);
    if (*next == Next::end) return true;
  }
}

int report(const char* path, const descriptors::Agreement& agreement) {
  using descriptors::Outcome;
  constexpr std::array<std::pair<Outcome, const char*>, 6> kNames = {{
      {Outcome::same, "the same name"},
      {Outcome::same_number, "the same pipe or socket"},
      {Outcome::same_file, "the same file, through symbolic links"},
      {Outcome::inherited, "open before the log began (not judged)"},
      {Outcome::other_name, "renamed or removed since it was opened"},
      {Outcome::different, "different"},
  }};
  const auto& counts = agreement.counts();
  const auto count = [&counts](Outcome outcome) { return counts.contains(outcome) ? counts.at(outcome) : 0; };
  const std::uint64_t agree = count(Outcome::same) + count(Outcome::same_number) + count(Outcome::same_file);
  const std::uint64_t judged = agree + count(Outcome::other_name) + count(Outcome::different);
  fmt::print("{}\n", path);
  for (const auto& [outcome, name] : kNames) fmt::print("  {:>9}  {}\n", count(outcome), name);
  const double share = judged == 0 ? 1 : static_cast<double>(agree) / static_cast<double>(judged);
  fmt::print("  {} of {} agree: {:.3f} %\n", agree, judged, share * 100);
  for (const std::string& difference : agreement.differences()) fmt::print("    {}\n", difference);
  return share >= kWanted ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  int status = argc < 2 ? 2 : 0;
  for (int i = 1; i < argc; ++i) {
    descriptors::Agreement agreement;
    if (!read_log(argv[i], agreement)) return 2;
    status = std::max(status, report(argv[i], agreement));
  }
  return status;
}
