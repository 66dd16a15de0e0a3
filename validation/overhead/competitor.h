// Competitors: what is measured against what. Nothing at all, the least that any tracer of this kind can
// cost, Latimer's ways of watching, and other people's tracers.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/result.h"
#include "validation/measure/way.h"
#include "validation/real/real_workload.h"

namespace latimer::overhead {

enum class Kind {
  nothing,  // the workload alone
  floor,    // latimer-floor
  way,      // of this Latimer
  peer,     // another tracer
};

enum class Place {
  alone,   // there is no tool
  around,  // the tool starts the workload: its arguments are followed by the workload's
  beside,  // it watches the whole host, and is told to end afterwards
};

// How it is known to watch. Those around the workload start it when they do.
enum class Attached {
  by_itself,
  says_so,          // `attached` on standard output; and it leaves at the end of standard input
  has_tracepoints,  // programs of its own on both tracepoints; and it leaves on SIGINT
};

struct Competitor {
  std::string name;
  std::string what;  // one line
  Kind kind = Kind::nothing;
  Place place = Place::alone;
  Attached attached = Attached::by_itself;
  // argv, the first a path. "{folder}" becomes the run's own folder, "{calls}" the
  // names of the calls that the workload is about (or all), as strace -e takes them.
  std::vector<std::string> tool;
  Size largest = Size::full;  // no larger workload than this: it would take minutes
  bool needs_tracefs = false;
  std::string version;  // "strace 6.1"; empty: part of Latimer
  std::string package;  // of Debian 12
};

// The names that limits are about.
inline constexpr std::string_view kNothing = "nothing";
inline constexpr std::string_view kNothingAgain = "nothing, again";
inline constexpr std::string_view kEmptyPair = "empty program pair";
inline constexpr std::string_view kStraceToFile = "strace to a file";
inline constexpr std::string_view kSyscount = "syscount -L";
inline constexpr std::string_view kBpftraceHist = "bpftrace hist";
inline constexpr std::string_view kAggregate = "ebpf-aggregate";
inline constexpr std::string_view kStrace = "strace";

struct Absent {
  std::string name;
  Error why;
  bool required = false;  // it was asked for: that it is absent is a failure
};

struct Field {
  std::vector<Competitor> present;  // "nothing" first, then "nothing, again"
  std::vector<Absent> absent;       // with what would mend it
};

// Who takes part: nothing, the empty pair, `ways`, strace to a file where strace is one of the ways, and,
// with `peers`, all of them. What cannot run here is absent. `named`: the ways were asked for one by one.
[[nodiscard]] Field make_field(const Registry& registry, const std::vector<Way>& ways, bool named,
                               bool peers);

// Other people's tracers, as they are called by their users. Whether they are here is not looked at.
[[nodiscard]] std::vector<Competitor> all_peers();
[[nodiscard]] Competitor strace_to_file();

// Finds the tool of a peer in PATH and asks for its version; puts tracefs where the tool needs it (in a mount
// namespace of its own, so that nothing stays).
[[nodiscard]] Status find_tool_of(Competitor& peer);

}  // namespace latimer::overhead
