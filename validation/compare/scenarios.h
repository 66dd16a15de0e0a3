// The workloads of known truth that latimer-workload has, as command lines.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/result.h"
#include "core/sys/temporary_folder.h"

namespace latimer::compare {

struct Scenario {
  std::string name;
  std::string summary;
  std::vector<std::string> command;  // what is launched under a tracer
};

class Scenarios {
 public:
  // Asks `program` (latimer-workload) for its list. io: it is not that program.
  static Result<Scenarios> of(const std::string& program);

  [[nodiscard]] const std::vector<Scenario>& all() const { return all_; }
  // usage: there is none of that name.
  [[nodiscard]] Result<Scenario> named(std::string_view name) const;

 private:
  Scenarios() = default;
  std::vector<Scenario> all_;
  std::optional<TemporaryFolder> copies_;  // of the program, with other permissions; gone with the last look
};

}  // namespace latimer::compare
