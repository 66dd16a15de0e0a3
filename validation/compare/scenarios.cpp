#include "validation/compare/scenarios.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "core/engine/name_suggest.h"
#include "core/sys/bounded_run.h"

namespace latimer::compare {
namespace {

// It never comes to an end by itself; tests attach to it.
constexpr std::string_view kEndless = "hung";
constexpr std::string_view kNeedsCopy = "setuid-exec";

std::string text_after(std::string_view line, std::size_t at) {
  const std::size_t text = line.find_first_not_of(' ', at);
  return std::string(text == std::string_view::npos ? "" : line.substr(text));
}

// A copy of `program` that belongs to somebody else, with the set-user-ID bit. Where that cannot be made, the
// workload says that it is missing, and the scenario is skipped.
std::string set_user_id_copy(const std::string& program, const std::string& folder) {
  std::string copy = folder + "/latimer-workload";
  const passwd* const nobody = ::getpwnam("nobody");
  std::error_code failed;
  std::filesystem::copy_file(program, copy, failed);
  if (failed || nobody == nullptr || ::chmod(folder.c_str(), 0755) != 0) return copy;
  if (::chown(copy.c_str(), nobody->pw_uid, static_cast<gid_t>(-1)) == 0) ::chmod(copy.c_str(), 04755);
  return copy;
}

}  // namespace

Result<Scenarios> Scenarios::of(const std::string& program, const std::vector<std::string>& wanted) {
  BoundedRun list;
  list.path = program;
  list.argv = {"latimer-workload", "--list"};
  Result<RunOutcome> outcome = run_bounded(list);
  if (!outcome) return std::move(outcome).error();
  Result<TemporaryFolder> copies = TemporaryFolder::create();
  if (!copies) return std::move(copies).error();
  Scenarios scenarios;
  std::string_view rest = outcome->out;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::string name(line.substr(0, line.find(' ')));
    if (name.empty() || name == kEndless) continue;
    Scenario scenario{name, text_after(line, name.size()), {program, name}, true, {}, ""};
    if (name == kNeedsCopy &&
        (wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end())) {
      scenario.command.emplace_back("--");
      scenario.command.push_back(set_user_id_copy(program, copies->path()));
    }
    scenarios.all_.push_back(std::move(scenario));
  }
  if (outcome->status != ExitStatus{} || scenarios.all_.empty())
    return Error{Errc::io, fmt::format("{} --list does not list workloads", program),
                 "it must be latimer-workload"};
  scenarios.folders_.push_back(std::move(copies).value());
  scenarios.add_real();
  return scenarios;
}

// latimer-workload's own loops are among the others already.
void Scenarios::add_real() {
  for (const RealWorkload& workload : real_workloads()) {
    if (workload.needs.front().program.starts_with("latimer-")) continue;
    Scenario scenario{std::string(workload.name), std::string(workload.summary), {}, false, {}, ""};
    Result<TemporaryFolder> folder = TemporaryFolder::create();
    const auto missing = why_not(workload);
    if (missing || !folder) {
      scenario.unavailable = missing ? missing->message : folder.error().message;
    } else if (Result<Prepared> prepared = prepare(workload, folder->path(), Size::brief)) {
      scenario.command = std::move(prepared->command);
      scenario.must_show = std::move(prepared->must_show);
      folders_.push_back(std::move(folder).value());
    } else {
      scenario.unavailable = prepared.error().message;
    }
    all_.push_back(std::move(scenario));
  }
}

Result<Scenario> Scenarios::named(std::string_view name) const {
  std::vector<std::string_view> names;
  for (const Scenario& scenario : all_) {
    if (scenario.name == name) return scenario;
    names.emplace_back(scenario.name);
  }
  return Error{Errc::usage,
               fmt::format("there is no scenario '{}'{}", name, did_you_mean(nearest_names(name, names))),
               fmt::format("one of these: {}", fmt::join(names, " "))};
}

}  // namespace latimer::compare
