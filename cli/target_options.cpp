#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "cli/capture_settings.h"
#include "cli/cgroup_path.h"
#include "cli/command_words.h"
#include "cli/values.h"

namespace latimer {
namespace {

constexpr unsigned kMostJobsUnasked = 4;  // one thread pairs what the others parse: more would wait for it
constexpr unsigned kMostJobs = 64;

Error usage(std::string message, std::string hint = "") {
  return {Errc::usage, std::move(message), std::move(hint)};
}

std::string long_name(Opt id) { return "--" + std::string(option_spec(id).name); }

// Options that make sense with one kind of target only.
Status check_companions(const ParsedOptions& options, Opt target, bool is_command) {
  const std::string in_logs = "a log holds what strace followed when it was written: leave it out";
  if (!is_command) {
    for (const Opt id : {Opt::user, Opt::until_exit, Opt::no_follow}) {
      if (options.has(id))
        return usage(long_name(id) + " is about a command that Latimer starts",
                     target == Opt::input ? in_logs : "add -- CMD, or leave it out");
    }
  }
  if (is_command || target == Opt::pid) {
    if (options.has(Opt::follow) && options.has(Opt::no_follow))
      return usage("--follow and --no-follow contradict each other");
    return {};
  }
  if (options.has(Opt::follow)) {
    return usage(
        "--follow is about -p",
        target == Opt::input
            ? in_logs
            : fmt::format("{} watches whatever belongs to it, new processes included", long_name(target)));
  }
  return {};
}

Result<ChosenTarget> pid_target(const ParsedOptions& options) {
  auto pids = parse_pids(options.values(Opt::pid));
  if (!pids) return std::move(pids).error();
  if (std::find(pids->begin(), pids->end(), getpid()) != pids->end()) {
    return usage("--pid: that is Latimer itself", "Latimer does not watch itself");
  }
  return ChosenTarget{PidTarget{std::move(pids).value(), options.has(Opt::follow)}, ""};
}

Result<ChosenTarget> cgroup_target(Result<std::string> path, const std::string& typed) {
  if (!path) return std::move(path).error();
  return ChosenTarget{CgroupTarget{std::move(path).value()}, typed};
}

// Options that make sense only while something runs, and those that only logs have.
Status check_log_options(const ParsedOptions& options, bool is_log) {
  if (!is_log) {
    for (const Opt id : {Opt::input_flags, Opt::jobs}) {
      if (options.has(id))
        return usage(long_name(id) + " is about --input", "add --input FILE, or leave it out");
    }
    return {};
  }
  for (const Opt id :
       {Opt::duration, Opt::interval, Opt::mode, Opt::perf_mode, Opt::ring_size, Opt::map_memory}) {
    if (options.has(id))
      return usage(long_name(id) + " is about a capture, and --input reads what was captured before",
                   "leave it out");
  }
  return {};
}

Result<ChosenTarget> log_target(const ParsedOptions& options) {
  LogTarget target;
  if (options.has(Opt::input)) target.inputs = options.values(Opt::input);
  target.inputs.insert(target.inputs.end(), options.positional().begin(), options.positional().end());
  for (const std::string& input : target.inputs) {
    if (input.empty()) return usage("--input: the file name is empty");
  }
  if (options.has(Opt::input_flags)) target.flags = options.value(Opt::input_flags);
  target.jobs = std::min(kMostJobsUnasked, std::max(1U, std::thread::hardware_concurrency()));
  if (options.has(Opt::jobs)) {
    const auto jobs = parse_count("jobs", options.value(Opt::jobs));
    if (!jobs) return jobs.error();
    if (*jobs > kMostJobs) return usage(fmt::format("--jobs: {} at most", kMostJobs));
    target.jobs = static_cast<unsigned>(*jobs);
  }
  return ChosenTarget{std::move(target), ""};
}

Result<ChosenTarget> running_target(const ParsedOptions& options, Opt kind) {
  switch (kind) {
    case Opt::pid:
      return pid_target(options);
    case Opt::comm: {
      auto pattern = NamePattern::parse(options.value(kind));
      if (!pattern) return std::move(pattern).error();
      return ChosenTarget{CommTarget{std::move(pattern).value()}, options.value(kind)};
    }
    case Opt::cgroup:
      return cgroup_target(find_cgroup(options.value(kind)), options.value(kind));
    case Opt::container:
      return cgroup_target(find_container_cgroup(options.value(kind)), options.value(kind));
    case Opt::input:
      return log_target(options);
    default:
      return ChosenTarget{HostTarget{}, ""};
  }
}

Result<ChosenTarget> choose_target_of(const ParsedOptions& options,
                                      const std::optional<std::vector<std::string>>& argv) {
  std::vector<Opt> given;
  for (const Opt id : {Opt::pid, Opt::comm, Opt::cgroup, Opt::container, Opt::all, Opt::input}) {
    if (options.has(id)) given.push_back(id);
  }
  if (argv && argv->empty()) return usage("there is no command after --");
  if (argv && !given.empty()) {
    return usage(fmt::format("{} and a command contradict each other", long_name(given.front())),
                 "watch either what runs already or a command of your own");
  }
  if (given.size() > 1) {
    return usage(fmt::format("{} and {} contradict each other", long_name(given[0]), long_name(given[1])),
                 "choose one");
  }
  if (!argv && given.empty()) {
    return usage("nothing to watch",
                 "give a command after --, or one of -p PID, --comm GLOB, --cgroup PATH, --container ID, -a, "
                 "--input FILE");
  }
  if (const Status checked =
          check_companions(options, given.empty() ? Opt::pid : given.front(), argv.has_value());
      !checked) {
    return checked.error();
  }
  const bool is_log = !argv && given.front() == Opt::input;
  if (const Status checked = check_log_options(options, is_log); !checked) return checked.error();
  if (!argv) return running_target(options, given.front());
  CommandTarget command;
  command.argv = *argv;
  if (options.has(Opt::user)) command.user = options.value(Opt::user);
  command.follow = !options.has(Opt::no_follow);
  command.until_exit = options.has(Opt::until_exit);
  return ChosenTarget{std::move(command), ""};
}

}  // namespace

Result<ChosenTarget> choose_log(const ParsedOptions& options) {
  if (!options.has(Opt::input) && options.positional().empty())
    return usage("nothing to read",
                 "give --input FILE: a trace of latimer trace, or a log of strace, perf or bpftrace");
  return log_target(options);
}

Result<ChosenTarget> choose_target(const ParsedOptions& options,
                                   const std::optional<std::vector<std::string>>& argv) {
  if (options.has(Opt::command)) {
    if (argv) return usage("--command and -- contradict each other", "give the command once");
    auto words = split_command(options.value(Opt::command));
    if (!words) return std::move(words).error();
    return choose_target_of(options, std::move(words).value());
  }
  return choose_target_of(options, argv);
}

}  // namespace latimer
