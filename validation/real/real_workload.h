// Real workloads: what people do with programs that nobody here wrote (dd, a compiler, sqlite, redis, fio),
// and three loops of latimer-workload's beside them. `overhead` measures what tracing does to them,
// `validate` runs tracers on them.
//
// Nothing here starts a workload or keeps one: prepare() writes what is needed into a folder of the caller's
// and says which command to run. All functions may be called from any thread; two prepared workloads never
// share a folder.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/result.h"

namespace latimer {

// How much of it: `full` suits tracers that cost less than a microsecond a call, and runs for a tenth of a
// second to a second on a machine of 2020; `middle` has some 40,000 calls, for those that write every call
// down; `brief` some 40,000, for those that stop the program at each. Workloads that are to be run hundreds
// of times have one size, of less than half a second.
enum class Size { brief, middle, full };

struct NeededProgram {
  std::string_view program;  // looked for in PATH; "latimer-...": one of ours
  std::string_view package;  // of Debian 12; empty for ours
};

// What a run came to, and which way is better.
enum class Figure {
  wall_ns,              // from its beginning to its end; less is better
  requests_per_second,  // told by the workload itself on standard output; more is better
  cycles_per_call,      // of the CPU, told by latimer-workload --time; less is better
};

// Completions that a tracer of the whole tree of processes must show.
struct MustShow {
  std::vector<std::string> any_of;  // names of calls, added up: which one it is depends on the C library
  std::uint64_t least = 1;
  bool exact = false;  // no more than `least` either
};

// Bytes that these calls moved, by what they returned, added up.
struct KnownBytes {
  std::vector<std::string> calls;
  std::uint64_t least = 0;
  bool exact = false;  // not exact: the dynamic loader and the C library read files of their own besides
};

struct Prepared {
  std::vector<std::string> command;  // argv; the first is a path
  std::vector<MustShow> must_show;
  std::vector<KnownBytes> bytes;       // empty: not known
  std::optional<std::uint64_t> calls;  // in all, to 1 %; nullopt: not known beforehand
};

struct RealWorkload {
  std::string_view name;
  std::string_view summary;
  Figure figure;
  bool usual;  // overhead runs it unless told otherwise
  std::span<const NeededProgram> needs;
  std::array<std::uint64_t, 3> amount;  // by Size; of what, is its own affair
  Result<Prepared> (*make)(const std::string& folder, std::uint64_t amount);
};

[[nodiscard]] std::span<const RealWorkload> real_workloads();

// `text`: names with commas between, `redis` for both redis-get and redis-set, `dd` for both of dd's. usage:
// an unknown name, or none.
[[nodiscard]] Result<std::vector<const RealWorkload*>> real_workloads_named(std::string_view text);

// What is missing for it on this host, with the package that has it; nullopt: nothing.
[[nodiscard]] std::optional<Error> why_not(const RealWorkload& workload);

// Writes its sources and scripts into `folder`, which must exist, be empty and stay until the last run; its
// path shorter than 80 bytes, because redis gets a socket in it. The command may be run any number of times,
// one after the other. io: the folder cannot be written to; not_found: a program is missing.
[[nodiscard]] Result<Prepared> prepare(const RealWorkload& workload, const std::string& folder, Size size);

// The smallest size that is as large as `size`: workloads that make few calls have one size only.
[[nodiscard]] Size smallest_like(const RealWorkload& workload, Size size);

// A workload's own figure, from its standard output (not for wall_ns). io: it is not there.
struct OwnFigure {
  double value = 0;
  double cycle_ns = 0;  // of cycles_per_call: how long a cycle lasts with the CPU at the greatest speed seen
};
[[nodiscard]] Result<OwnFigure> own_figure(Figure figure, std::string_view standard_output);

}  // namespace latimer
