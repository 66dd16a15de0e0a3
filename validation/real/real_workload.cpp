#include "validation/real/real_workload.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/engine/name_suggest.h"
#include "core/sys/child_process.h"
#include "core/sys/fd_util.h"
#include "validation/measure/programs.h"
#include "validation/real/makers.h"

namespace latimer {
namespace {

constexpr NeededProgram kOurs[] = {{"latimer-workload", ""}};
constexpr NeededProgram kDd[] = {{"dd", "coreutils"}};
constexpr NeededProgram kCompiler[] = {{"g++", "g++"}};
constexpr NeededProgram kSqlite[] = {{"sqlite3", "sqlite3"}};
constexpr NeededProgram kRedis[] = {{"sh", "dash"},
                                    {"redis-server", "redis-server"},
                                    {"redis-benchmark", "redis-tools"},
                                    {"redis-cli", "redis-tools"}};
constexpr NeededProgram kFio[] = {{"fio", "fio"}};

// The amounts of `brief` and `middle` follow from real_workload.h, those of `full` from half a second.
constexpr RealWorkload kWorkloads[] = {
    {"getppid",
     "the cheapest call, in a loop",
     Figure::cycles_per_call,
     true,
     kOurs,
     {20'000, 40'000, 2'000'000},
     real::make_getppid},
    {"dd-512",
     "dd from /dev/zero to /dev/null in blocks of 512 bytes",
     Figure::wall_ns,
     true,
     kDd,
     {10'000, 20'000, 1'000'000},
     real::make_dd_512},
    {"dd-1m",
     "the same in blocks of 1 MiB",
     Figure::wall_ns,
     true,
     kDd,
     {2'000, 2'000, 2'000},
     real::make_dd_1m},
    {"write-fsync",
     "4 KiB written to a file and fsync, over and over",
     Figure::wall_ns,
     true,
     kOurs,
     {300, 300, 300},
     real::make_write_fsync},
    {"compile",
     "g++ compiles a file that uses the standard library",
     Figure::wall_ns,
     true,
     kCompiler,
     {1, 1, 1},
     real::make_compile},
    {"sqlite",
     "the sqlite3 shell: transactions, single inserts, queries by an index",
     Figure::wall_ns,
     true,
     kSqlite,
     {400, 1'200, 4'000},
     real::make_sqlite},
    {"redis-get",
     "redis-benchmark GET, 50 clients, server and clients on this host",
     Figure::requests_per_second,
     true,
     kRedis,
     {2'000, 4'000, 30'000},
     real::make_redis_get},
    {"redis-set",
     "the same with SET",
     Figure::requests_per_second,
     true,
     kRedis,
     {2'000, 4'000, 30'000},
     real::make_redis_set},
    {"cpu", "arithmetic without a call", Figure::wall_ns, true, kOurs, {30, 30, 30}, real::make_cpu},
    {"fio",
     "fio: 4 KiB blocks written and read in random order",
     Figure::wall_ns,
     false,
     kFio,
     {4'096, 16'384, 65'536},
     real::make_fio},
};

bool is_called(const RealWorkload& workload, std::string_view word) {
  return workload.name == word || (word == "redis" && workload.name.starts_with("redis-")) ||
         (word == "dd" && workload.name.starts_with("dd-"));
}

}  // namespace

namespace real {

Status write_file(const std::string& path, std::string_view text) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  Status written = file ? write_all(file.get(), text) : Status(Error{Errc::io, errno_text(errno), ""});
  if (written.ok()) return written;
  return Error{Errc::io, fmt::format("cannot write {}: {}", path, written.error().message),
               "a workload needs a folder that can be written to: set TMPDIR"};
}

}  // namespace real

std::span<const RealWorkload> real_workloads() { return kWorkloads; }

Result<std::vector<const RealWorkload*>> real_workloads_named(std::string_view text) {
  std::vector<const RealWorkload*> chosen;
  std::vector<std::string_view> names;
  for (const RealWorkload& workload : kWorkloads) names.push_back(workload.name);
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(','));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (word.empty()) continue;
    bool known = false;
    for (const RealWorkload& workload : kWorkloads) {
      if (!is_called(workload, word)) continue;
      known = true;
      if (std::find(chosen.begin(), chosen.end(), &workload) == chosen.end()) chosen.push_back(&workload);
    }
    if (known) continue;
    return Error{Errc::usage,
                 fmt::format("there is no workload '{}'{}", word, did_you_mean(nearest_names(word, names))),
                 fmt::format("one or more of these, with commas: {}", fmt::join(names, ", "))};
  }
  if (!chosen.empty()) return chosen;
  return Error{Errc::usage, "no workload is named",
               fmt::format("one or more of these, with commas: {}", fmt::join(names, ", "))};
}

std::optional<Error> why_not(const RealWorkload& workload) {
  for (const NeededProgram& need : workload.needs) {
    if (need.package.empty()) {
      Result<std::string> ours = find_program_of_ours(need.program);
      if (!ours) return std::move(ours).error();
    } else if (!resolve_command(std::string(need.program)).ok()) {
      return Error{Errc::not_found,
                   fmt::format("the workload {} needs {}, which is not here", workload.name, need.program),
                   fmt::format("apt-get install {}", need.package)};
    }
  }
  return std::nullopt;
}

Result<Prepared> prepare(const RealWorkload& workload, const std::string& folder, Size size) {
  if (auto missing = why_not(workload)) return *std::move(missing);
  return workload.make(folder, workload.amount[static_cast<std::size_t>(size)]);
}

Size smallest_like(const RealWorkload& workload, Size size) {
  for (const Size smaller : {Size::brief, Size::middle}) {
    if (workload.amount[static_cast<std::size_t>(smaller)] == workload.amount[static_cast<std::size_t>(size)])
      return smaller;
  }
  return size;
}

}  // namespace latimer
