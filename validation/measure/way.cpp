#include "validation/measure/way.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "core/engine/name_suggest.h"
#include "core/sys/fd_util.h"

namespace latimer {
namespace {

// A backend that can be used in more than one way.
std::vector<Way> ways_of(const BackendDescriptor& backend) {
  const std::string& name = backend.name;
  const auto way = [&](std::string_view suffix, std::vector<std::string> more, bool ring, bool calls) {
    Way result{name + std::string(suffix), name, {"-b", name}, ring, calls};
    result.options.insert(result.options.end(), more.begin(), more.end());
    return result;
  };
  if (backend.can_aggregate)
    return {way("-aggregate", {"--mode", "aggregate"}, false, false),
            way("-stream", {"--mode", "stream"}, backend.has_ring, true)};
  if (name == "perftrace")
    return {way("-record", {"--perf-mode", "record"}, true, true),
            way("-live", {"--perf-mode", "live"}, true, true)};
  return {way("", {}, backend.has_ring, true)};
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) words.push_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return words;
}

std::vector<std::string_view> names_of(const std::vector<Way>& ways) {
  std::vector<std::string_view> names;
  for (const Way& way : ways) {
    names.emplace_back(way.name);
    if (way.name != way.backend && std::find(names.begin(), names.end(), way.backend) == names.end())
      names.emplace_back(way.backend);
  }
  return names;
}

}  // namespace

std::vector<Way> all_ways(const Registry& registry) {
  std::vector<Way> ways;
  for (const auto& backend : registry.backends()) {
    if (!backend->descriptor().can_launch) continue;
    for (Way& way : ways_of(backend->descriptor())) ways.push_back(std::move(way));
  }
  return ways;
}

Result<std::vector<Way>> ways_named(const Registry& registry, std::string_view text) {
  const std::vector<Way> all = all_ways(registry);
  std::vector<Way> chosen;
  for (const std::string_view word : words_of(text)) {
    bool known = false;
    for (const Way& way : all) {
      if (way.name != word && way.backend != word) continue;
      known = true;
      const bool twice =
          std::any_of(chosen.begin(), chosen.end(), [&](const Way& has) { return has.name == way.name; });
      if (!twice) chosen.push_back(way);
    }
    if (known) continue;
    const auto names = names_of(all);
    return Error{Errc::usage,
                 fmt::format("there is no backend '{}'{}", word, did_you_mean(nearest_names(word, names))),
                 fmt::format("one or more of these, with commas: {}", fmt::join(names, ", "))};
  }
  if (chosen.empty())
    return Error{Errc::usage, "no backend is named",
                 fmt::format("one or more of these, with commas: {}", fmt::join(names_of(all), ", "))};
  return chosen;
}

std::optional<Error> why_not(const Registry& registry, const Way& way) {
  Backend* const backend = registry.backend(way.backend);
  if (backend == nullptr) return Error{Errc::usage, "there is no backend '" + way.backend + "'", ""};
  const ProbeReport report = backend->probe(false);
  const ProbeCheck* const failed = report.first_failure();
  if (failed == nullptr) return std::nullopt;
  const std::string detail = failed->detail.empty() ? "" : ": " + failed->detail;
  return Error{Errc::unavailable, fmt::format("{} cannot be used here: {}{}", way.name, failed->what, detail),
               failed->fix};
}

std::string own_program() {
  std::string path(4096, '\0');
  const ssize_t length = ::readlink("/proc/self/exe", path.data(), path.size());
  path.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  return path;
}

Result<WayOutcome> run_way(const Way& way, const WayRun& request, int interrupt_fd) {
  // A nameless file that the other latimer opens through us: nothing to clean up, whatever happens.
  const UniqueFd report(::memfd_create("latimer-report", MFD_CLOEXEC));
  if (!report) return Error{Errc::io, "cannot make a file in memory: " + errno_text(errno), ""};
  BoundedRun run;
  run.path = "/proc/self/exe";
  run.argv = {"latimer", "latency"};
  run.argv.insert(run.argv.end(), way.options.begin(), way.options.end());
  run.argv.insert(run.argv.end(), request.options.begin(), request.options.end());
  const std::string file = fmt::format("/proc/{}/fd/{}", ::getpid(), report.get());
  for (const std::string& word :
       {std::string("-f"), std::string("json"), std::string("-o"), file, std::string("--")})
    run.argv.push_back(word);
  run.argv.insert(run.argv.end(), request.command.begin(), request.command.end());
  run.limit = request.limit;
  Result<RunOutcome> outcome = run_bounded(run, interrupt_fd);
  if (!outcome) return std::move(outcome).error();
  WayOutcome result{std::move(outcome).value(), ""};
  Result<std::string> text = read_file(fmt::format("/proc/self/fd/{}", report.get()), std::size_t{1} << 30);
  if (!text) return std::move(text).error();
  result.report = std::move(text).value();
  return result;
}

}  // namespace latimer
