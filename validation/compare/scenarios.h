// What is run under the tracers, as command lines: the workloads of known truth that latimer-workload has,
// and programs that nobody here wrote, of which something is known: which calls must show, and how often at
// least.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/result.h"
#include "core/sys/temporary_folder.h"
#include "validation/real/real_workload.h"

namespace latimer::compare {

struct Scenario {
  std::string name;
  std::string summary;
  std::vector<std::string> command;  // what is launched under a tracer
  bool has_truth = true;             // it prints it
  std::vector<MustShow> must_show;   // where it does not
  std::string unavailable;           // why it cannot be run here; empty: it can
};

class Scenarios {
 public:
  // Asks `program` (latimer-workload) for its list. Those that are `wanted` (empty: all) are made ready to be
  // run, which may take a set-user-ID copy of the program. io: it is not that program.
  static Result<Scenarios> of(const std::string& program, const std::vector<std::string>& wanted);

  [[nodiscard]] const std::vector<Scenario>& all() const { return all_; }
  // usage: there is none of that name.
  [[nodiscard]] Result<Scenario> named(std::string_view name) const;

 private:
  Scenarios() = default;
  std::vector<Scenario> all_;
  void add_real();

  // What scenarios need, as a copy of the program with other permissions, or sources; gone with the object.
  std::vector<TemporaryFolder> folders_;
};

}  // namespace latimer::compare
