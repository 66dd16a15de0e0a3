// StandIn: a command for tracers that insist on launching what they trace (perf trace, for its children). The
// tracer launches Latimer itself again, as `latimer --stand-in ...`, and that launches the command:
//
// - the command gets Latimer's own environment, standard descriptors and signals, not the tracer's;
// - how it ended, and why it could not be started, come back from the kernel, not in the tracer's words;
// - a tracer that ends as soon as what it launched is stopped or ends (perf trace does) sees the stand-in,
// which
//   is never stopped and lives until the last descendant has ended. Orphans among those become its children.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/result.h"
#include "core/sys/child_process.h"
#include "core/sys/exit_status.h"
#include "core/sys/unique_fd.h"

namespace latimer {

inline constexpr std::string_view kStandIn = "--stand-in";

struct StandInOptions {
  std::string path;               // of the command: file to execute
  std::vector<std::string> argv;  // with argv[0], as typed
  std::optional<std::string> user;
  bool until_exit = false;  // ends with the command's main process
  // Entries into calls that the kernel is to count, by the command and its descendants: filters of
  // raw_syscalls:sys_enter ("id==15").
  std::vector<std::string> counted;
};

// The side that has a tracer launch it. One thread at a time.
class StandIn {
 public:
  StandIn() = default;  // none
  // `program`: Latimer's own executable.
  static Result<StandIn> prepare(const std::string& program, const StandInOptions& options);

  // What the tracer has to launch, with these descriptors left open in it.
  [[nodiscard]] const std::vector<std::string>& argv() const { return argv_; }
  [[nodiscard]] std::vector<int> descriptors() const;
  // To be called when the tracer has been started: only it and the stand-in hold their ends from then on.
  void launched();

  // Waits until the command runs: its pid and the stand-in's. An error: why it could not be started;
  // unavailable: nobody launched the stand-in until the deadline, or it was killed.
  struct Running {
    std::int32_t command = 0;
    std::int32_t stand_in = 0;
  };
  Result<Running> await_start(std::chrono::steady_clock::time_point deadline);
  // How the command ended; nullopt: it runs. Status 125 and lost(): the stand-in was killed, and nobody will
  // know.
  std::optional<ExitStatus> wait(std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] bool lost() const { return lost_; }
  // How many entries each of those filters selected until the stand-in ended; empty: it runs on, or they
  // could not be counted.
  std::vector<std::uint64_t> counted();
  // CPU time of it and of those of its descendants that were waited for, once it has ended.
  [[nodiscard]] std::optional<ChildCpu> cpu() const;

 private:
  [[nodiscard]] bool read_report(std::chrono::steady_clock::time_point deadline);

  std::vector<std::string> argv_;
  UniqueFd environment_, report_, report_end_;
  std::array<UniqueFd, 3> standard_;
  std::string text_;  // of the report, as far as it has come
  bool closed_ = false;
  bool lost_ = false;
  std::optional<ExitStatus> status_;
};

// The other side: main() of `latimer --stand-in`. `arguments`: what follows that.
[[nodiscard]] int run_stand_in(const std::vector<std::string>& arguments);

}  // namespace latimer
