#include "tests/damaged/damage_report.h"

#include <fcntl.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "core/model/syscall_table.h"
#include "core/model/text_escape.h"
#include "core/sys/fd_util.h"

namespace latimer::damaged {
namespace {

using Json = nlohmann::ordered_json;

Json calls_json(const DamageAccount& account) {
  Json calls = Json::object();
  for (const auto& [call, of_call] : account.calls) {
    const std::string name = std::string(to_string(call.first)) + ":" + syscall_name(call.first, call.second);
    calls[name] = {{"touched", of_call.touched}, {"shifted_ns", of_call.shifted_ns}};
  }
  return calls;
}

}  // namespace

Result<DamageReport> DamageReport::open(const std::string& path) {
  if (path.empty()) return DamageReport(UniqueFd());
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!file)
    return Error{Errc::io, "LATIMER_DAMAGE_REPORT: cannot write " + path + ": " + errno_text(errno), ""};
  return DamageReport(std::move(file));
}

Status DamageReport::add(const DamagePlan& plan, const std::vector<std::string>& argv,
                         const DamageAccount& account) const {
  if (!file_) return {};
  Json words = Json::array();
  for (const std::string& word : argv) words.push_back(escape_bytes(word));
  const Json line = {
      {"damage", escape_bytes(plan.text)}, {"argv", std::move(words)}, {"seen", account.seen},
      {"touched", account.touched},        {"victim", account.victim}, {"calls", calls_json(account)}};
  return write_all(file_.get(), line.dump() + "\n");
}

}  // namespace latimer::damaged
