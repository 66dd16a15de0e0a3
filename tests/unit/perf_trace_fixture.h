// Lines as perf trace prints them, and how a log of them is asked.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>

#include "backends/perftrace/file_source.h"
#include "tests/unit/strace_log_fixture.h"

namespace latimer::test {

inline const LogQuestion kPerf{.open = perftrace::FileSource::open};

inline std::string head(const std::string& start, const std::string& duration, int tid,
                        const std::string& comm) {
  std::string text(10 - std::min<std::size_t>(10, start.size()), ' ');
  text += start + " (" + (duration.empty() ? "         " : duration + " ms") + "): ";
  return text + comm + "/" + std::to_string(tid) + " ";
}
inline std::string ms(int us) {
  char text[32];
  std::snprintf(text, sizeof text, "%6.3f", us / 1000.0);
  return text;
}

// Times in microseconds.
inline std::string whole(int start, int took, int tid, const std::string& call,
                         const std::string& value = "0", const std::string& comm = "ls") {
  return head(ms(start), ms(took), tid, comm) + call + "        = " + value + "\n";
}
inline std::string entered(int start, int tid, const std::string& call, const std::string& comm = "ls") {
  return head(ms(start), "", tid, comm) + call + "        ...\n";
}
inline std::string continued(int start, int took, int tid, const std::string& name,
                             const std::string& value = "0") {
  return head(ms(start), ms(took), tid, "ls") + " ... [continued]: " + name + "())    = " + value + "\n";
}
// perf does not know when it began.
inline std::string came_back(int tid, const std::string& name, const std::string& value = "0",
                             const std::string& comm = "ls") {
  return head("?", "", tid, comm) + " ... [continued]: " + name + "())    = " + value + "\n";
}
inline std::string last(int start, int tid, const std::string& call) {
  return head(ms(start), "", tid, "ls") + call + "     = ?\n";
}

inline std::uint64_t lost(const LogAnswer& answer, LossReason reason) {
  return answer.stats.ledger.lost[static_cast<std::size_t>(reason)].value_or(0);
}

inline constexpr const char* kThread = "clone(clone_flags: VM|FS|FILES|SIGHAND|THREAD|SYSVSEM, newsp: 0x7f)";

}  // namespace latimer::test
