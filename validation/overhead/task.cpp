#include "validation/overhead/task.h"

#include <fmt/format.h>

#include <filesystem>

#include "core/model/text_escape.h"
#include "core/sys/child_process.h"

namespace latimer::overhead {

Result<Task> make_task(const RealWorkload& workload, const std::string& folder) {
  Task task;
  task.name = workload.name;
  task.summary = workload.summary;
  task.figure = workload.figure;
  for (const Size size : {Size::brief, Size::middle, Size::full}) {
    const Size like = smallest_like(workload, size);
    task.like[static_cast<std::size_t>(size)] = like;
    if (like != size) continue;
    const std::string own = fmt::format("{}/{}-{}", folder, workload.name, static_cast<int>(size));
    std::error_code error;
    std::filesystem::create_directory(own, error);
    if (error) return Error{Errc::io, fmt::format("cannot make {}: {}", own, error.message()), ""};
    Result<Prepared> prepared = prepare(workload, own, size);
    if (!prepared) return std::move(prepared).error();
    task.prepared[static_cast<std::size_t>(size)] = std::move(prepared).value();
  }
  return task;
}

Result<Task> make_task(const std::vector<std::string>& command) {
  Result<std::string> path = resolve_command(command.front());
  if (!path) return std::move(path).error();
  Task task;
  task.name = "command";
  task.summary = escape_bytes(fmt::format("{}", fmt::join(command, " ")));
  Prepared prepared;
  prepared.command = command;
  prepared.command.front() = *std::move(path);
  task.prepared[0] = std::move(prepared);
  return task;
}

}  // namespace latimer::overhead
