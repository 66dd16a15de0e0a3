#include "core/sys/stand_in.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include "core/sys/fd_util.h"

namespace latimer {
namespace {

constexpr std::int32_t kNobodyKnows = 125;

Result<UniqueFd> environment_file() {
  UniqueFd file(::memfd_create("environment", MFD_CLOEXEC));
  if (!file) return Error{Errc::unavailable, "cannot make a file in memory: " + errno_text(errno), ""};
  std::string text;
  for (char** variable = environ; *variable != nullptr; ++variable) text += std::string(*variable) + '\0';
  if (Status written = write_all(file.get(), text); !written) return std::move(written).error();
  return file;
}

// A line of the report: "P 12 11", "C 1500 300" (CPU time in us, user and system), "S 0 7" (exited with), "S
// 1 9" (killed by), "S 2 6" (and dumped core), "E 3 cannot ...", "N 1000 2018" (entries that each of the
// filters selected).
template <typename Number>
bool take_numbers(std::string_view line, Number& first, Number& second) {
  const char* const end = line.data() + line.size();
  const auto [space, error] = std::from_chars(line.data(), end, first);
  if (error != std::errc{} || space == end) return false;
  return std::from_chars(space + 1, end, second).ec == std::errc{};
}

// The first whole line that begins so, without its beginning.
std::optional<std::string_view> line_of(std::string_view text, char kind) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) break;
    const std::string_view line = text.substr(at, end - at);
    if (line.size() > 2 && line[0] == kind) return line.substr(2);
    at = end + 1;
  }
  return std::nullopt;
}

}  // namespace

Result<StandIn> StandIn::prepare(const std::string& program, const StandInOptions& options) {
  StandIn result;
  Result<UniqueFd> environment = environment_file();
  if (!environment) return std::move(environment).error();
  result.environment_ = *std::move(environment);
  Result<Pipe> report = make_pipe();
  if (!report) return std::move(report).error();
  result.report_ = std::move(report->read);
  result.report_end_ = std::move(report->write);
  std::vector<std::string>& argv = result.argv_;
  argv = {program, std::string(kStandIn), std::to_string(result.report_end_.get()),
          std::to_string(result.environment_.get())};
  for (std::size_t fd = 0; fd < result.standard_.size(); ++fd) {
    result.standard_[fd].reset(::fcntl(static_cast<int>(fd), F_DUPFD_CLOEXEC, 3));
    if (!result.standard_[fd])
      return Error{Errc::unavailable, "cannot duplicate a standard descriptor: " + errno_text(errno), ""};
    argv.push_back(std::to_string(result.standard_[fd].get()));
  }
  argv.emplace_back(options.until_exit ? "until-exit" : "until-last");
  std::string& counted = argv.emplace_back();
  for (const std::string& filter : options.counted) counted += filter + ';';
  argv.push_back(options.user.value_or(""));
  argv.push_back(options.path);
  argv.insert(argv.end(), options.argv.begin(), options.argv.end());
  return result;
}

std::vector<int> StandIn::descriptors() const {
  return {report_end_.get(), environment_.get(), standard_[0].get(), standard_[1].get(), standard_[2].get()};
}

void StandIn::launched() {
  report_end_.reset();
  environment_.reset();
  for (UniqueFd& fd : standard_) fd.reset();
}

bool StandIn::read_report(std::chrono::steady_clock::time_point deadline) {
  if (closed_ || !report_.valid() || !wait_readable(report_.get(), deadline)) return false;
  char block[512];
  const ssize_t got = ::read(report_.get(), block, sizeof block);
  closed_ = got <= 0;
  if (got > 0) text_.append(block, static_cast<std::size_t>(got));
  return got > 0;
}

Result<StandIn::Running> StandIn::await_start(std::chrono::steady_clock::time_point deadline) {
  for (;;) {
    if (const auto line = line_of(text_, 'P')) {
      Running running;
      if (take_numbers(*line, running.command, running.stand_in)) return running;
    }
    if (const auto line = line_of(text_, 'E')) {
      int code = 0;
      const auto [end, error] = std::from_chars(line->data(), line->data() + line->size(), code);
      const std::string message(end, line->data() + line->size());
      return Error{static_cast<Errc>(code), message.substr(message.empty() ? 0 : 1), ""};
    }
    if (!read_report(deadline)) return Error{Errc::unavailable, "the command was not started", ""};
  }
}

std::optional<ExitStatus> StandIn::wait(std::chrono::steady_clock::time_point deadline) {
  while (!status_) {
    std::int32_t how = 0, value = 0;
    if (const auto line = line_of(text_, 'S'); line && take_numbers(*line, how, value))
      status_ = ExitStatus{how != 0, how == 2, value};
    else if (!read_report(deadline))
      break;
  }
  lost_ = closed_ && !status_;
  return lost_ ? std::optional(ExitStatus{false, false, kNobodyKnows}) : status_;
}

std::vector<std::uint64_t> StandIn::counted() {
  while (read_report(std::chrono::steady_clock::time_point::min())) {
  }
  std::vector<std::uint64_t> counts;
  const std::string_view line = line_of(text_, 'N').value_or("");
  for (std::size_t at = 0; at < line.size(); at = std::min(line.find(' ', at), line.size() - 1) + 1) {
    std::uint64_t count = 0;
    if (std::from_chars(line.data() + at, line.data() + line.size(), count).ec != std::errc{}) return {};
    counts.push_back(count);
  }
  return counts;
}

std::optional<ChildCpu> StandIn::cpu() const {
  std::uint64_t user_us = 0, system_us = 0;
  const auto line = line_of(text_, 'C');
  if (!line || !take_numbers(*line, user_us, system_us)) return std::nullopt;
  return ChildCpu{user_us * 1'000, system_us * 1'000};
}

}  // namespace latimer
