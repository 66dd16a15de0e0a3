// Backend: one way to observe system calls.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/engine/capture_request.h"
#include "core/engine/event_source.h"
#include "core/model/clock.h"
#include "core/model/result.h"

namespace latimer {

struct BackendDescriptor {
  std::string name;        // as -b takes it
  std::string summary;     // one line: what it is
  std::string sees;        // what it sees that matters to a choice
  std::string costs;       // what it does to the target, in words
  std::string privileges;  // what it needs
  ClockDomain clock = ClockDomain::monotonic;
  std::uint64_t resolution_ns = 1;
  bool stops_target = false;     // ptrace: its stops are inside the durations and lengthen the run
  bool can_launch = true;        // a command; false: nothing that runs, only what was recorded
  bool can_attach = true;        // -p
  bool can_select_host = false;  // -a, --comm, --cgroup
  bool can_aggregate = false;
  bool has_ring = false;        // between kernel and user space, of a size that can be chosen
  bool reads_logs = false;      // --input
  std::vector<GroupBy> groups;  // what --by may be, beside none
};

// One thing that was tried. A probe is real: it loads, attaches, traces a child.
struct ProbeCheck {
  enum class Outcome : std::uint8_t { works, missing, fails, unknown };
  std::string what;  // "kernel 5.13 or newer"
  Outcome outcome = Outcome::works;
  std::string detail;    // what was found: "6.18.44", or the error
  std::string fix;       // the exact command or setting that mends it; empty when it works or nothing can
  bool required = true;  // false: only a feature is missing, named in detail
};

struct ProbeReport {
  std::vector<ProbeCheck> checks;
  std::string version;  // of the tool or the kernel
  [[nodiscard]] bool available() const;
  [[nodiscard]] const ProbeCheck* first_failure() const;  // of the required ones; nullptr: none
};

class Backend {
 public:
  virtual ~Backend() = default;
  [[nodiscard]] virtual const BackendDescriptor& descriptor() const = 0;

  // Whether a log that begins like this is its tracer's for certain. `beginning`: some KiB, unpacked.
  [[nodiscard]] virtual bool recognizes(std::string_view) const { return false; }

  // Cheap check before a capture (`thorough` false: no child is traced, < 50 ms) or doctor's full one.
  virtual ProbeReport probe(bool thorough) = 0;

  // Checks the request, loads, attaches, launches and holds the command. Nothing of the target runs before
  // EventSource::start().
  virtual Result<std::unique_ptr<EventSource>> open(const CaptureRequest& request) = 0;
};

}  // namespace latimer
