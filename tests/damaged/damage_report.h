// DamageReport: a file that tells, one line of JSON for each capture, what was really damaged. For whoever
// has to know whether there was anything to be found.
//
//   {"damage": "defect=drop,...", "argv": ["latimer-workload", ...], "seen": events that came, "touched":
//    those that are gone or changed, "victim": thread or error number or 0, "calls": {"x86_64:open":
//    {"touched": 3, "shifted_ns": 0}}}
#pragma once

#include <string>
#include <vector>

#include "core/sys/unique_fd.h"
#include "tests/damaged/damage.h"

namespace latimer::damaged {

class DamageReport {
 public:
  // Appends to `path`, which is made when it is not there; empty: nobody wants to know.
  static Result<DamageReport> open(const std::string& path);

  // One write, so that lines of captures at the same time stay whole. io: nothing or half of it was written.
  [[nodiscard]] Status add(const DamagePlan& plan, const std::vector<std::string>& argv,
                           const DamageAccount& account) const;

 private:
  explicit DamageReport(UniqueFd file) : file_(std::move(file)) {}

  UniqueFd file_;
};

}  // namespace latimer::damaged
