#include "backends/perftrace/messages.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "core/model/text_escape.h"

namespace latimer::perftrace {

Messages::Messages() : file_(::memfd_create("perf-messages", MFD_CLOEXEC)) {}

std::string Messages::text() const {
  std::string text(8192, '\0');
  const ssize_t got = ::pread(file_.get(), text.data(), text.size(), 0);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

std::string Messages::complaint() const {
  const std::string all = text();
  std::string last;
  for (std::size_t at = 0; at < all.size();) {
    const std::size_t end = std::min(all.find('\n', at), all.size());
    const std::string line = all.substr(at, end - at);
    at = end + 1;
    const bool blank = line.find_first_not_of(' ') == std::string::npos;
    const bool progress = line.starts_with("[ perf record:") || line.find("Ignoring") != std::string::npos;
    if (!blank && !progress) last = line;
  }
  return escape_bytes(last);
}

Status judge_end(std::string_view what, const std::optional<ExitStatus>& status, const Messages& messages) {
  if (status && (*status == ExitStatus{} || (status->signaled && status->value == SIGINT))) return {};
  const std::string how = !status            ? "did not end"
                          : status->signaled ? fmt::format("was killed by signal {}", status->value)
                                             : fmt::format("failed with status {}", status->value);
  const std::string complaint = messages.complaint();
  return Error{Errc::unavailable,
               fmt::format("{} {}{}{} in the middle of the capture", what, how, complaint.empty() ? "" : ": ",
                           complaint),
               "what follows is what it had told until then; the target runs on, unwatched"};
}

}  // namespace latimer::perftrace
