// What perf says on its standard error, kept in memory.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/model/result.h"
#include "core/sys/exit_status.h"
#include "core/sys/unique_fd.h"

namespace latimer::perftrace {

class Messages {
 public:
  Messages();
  // To be perf's standard error.
  [[nodiscard]] int fd() const { return file_.get(); }
  // Of the first 8 KiB, the last line that complains: no remark about fields that other events do not have,
  // no account of what was written, no blank one. Escaped; empty: there is none.
  [[nodiscard]] std::string complaint() const;
  // The first 8 KiB.
  [[nodiscard]] std::string text() const;

 private:
  UniqueFd file_;
};

// How a perf ended that watched: well, or by SIGINT, which it is asked with, or which the terminal's Ctrl-C
// sends to it. `what`: "perf record". `status`: nullopt: it did not end.
[[nodiscard]] Status judge_end(std::string_view what, const std::optional<ExitStatus>& status,
                               const Messages& messages);

}  // namespace latimer::perftrace
