// What the fuzzers of logs share.
#pragma once

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "core/sys/fd_util.h"
#include "tests/support/log_reading.h"

namespace latimer::test {

inline void demand(bool holds, const char* what, const std::string& told) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n%s\n", what, told.c_str());
  std::abort();
}

// The text as a file, read by that source.
template <typename Open>
LogAnswer read_as(Open open, const std::string& text, CaptureMode mode) {
  const UniqueFd fd(::memfd_create("log", MFD_CLOEXEC));
  demand(write_all(fd.get(), text).ok(), "a file in memory can be written", "");
  LogQuestion question;
  question.mode = mode;
  question.open = open;
  return read_logs({"/proc/self/fd/" + std::to_string(fd.get())}, question);
}

// Calls that were added up against the same told one by one.
inline void demand_same(const LogAnswer& sums, const LogAnswer& events) {
  const std::string both = text_of(sums) + "\n---\n" + text_of(events);
  demand(text_of(events.stats.ledger) == text_of(sums.stats.ledger), "adding up makes no difference", both);
  demand(events.snapshot.stats.size() == sums.snapshot.stats.size(), "adding up makes no difference", both);
  for (const auto& [key, stats] : sums.snapshot.stats) {
    const auto found = events.snapshot.stats.find(key);
    demand(found != events.snapshot.stats.end() && text_of(found->second) == text_of(stats),
           "adding up makes no difference", both);
  }
}

}  // namespace latimer::test
