#include "validation/overhead/competitor.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "validation/measure/programs.h"

namespace latimer::overhead {
namespace {

Competitor nothing(std::string_view name, std::string_view what) {
  Competitor alone;
  alone.name = name;
  alone.what = what;
  return alone;
}

// How much of a workload a way of ours is given, by what a call costs it (docs/overhead.md).
Size size_for(const Way& way) {
  if (way.backend == "ebpf") return Size::full;
  if (way.name == "perftrace-record") return Size::middle;
  return Size::brief;
}

Competitor from_way(const Way& way) {
  Competitor competitor;
  competitor.name = way.name;
  competitor.what = fmt::format("latimer latency {}", fmt::join(way.options, " "));
  competitor.kind = Kind::way;
  competitor.place = Place::around;
  competitor.tool = {own_program(), "latency"};
  competitor.tool.insert(competitor.tool.end(), way.options.begin(), way.options.end());
  for (const char* word : {"-f", "json", "-o", "{folder}/report.json", "--"})
    competitor.tool.emplace_back(word);
  competitor.largest = size_for(way);
  return competitor;
}

void add_floor(Field& field) {
  if (::geteuid() != 0) {
    field.absent.push_back(
        {std::string(kEmptyPair), {Errc::permission, "loading BPF programs needs root", "run it with sudo"}});
    return;
  }
  Result<std::string> program = find_program_of_ours("latimer-floor");
  if (!program) {
    field.absent.push_back({std::string(kEmptyPair), std::move(program).error()});
    return;
  }
  Competitor floor;
  floor.name = kEmptyPair;
  floor.what = "BPF programs that do nothing at each end of every call: nobody can cost less";
  floor.kind = Kind::floor;
  floor.place = Place::beside;
  floor.attached = Attached::says_so;
  floor.tool = {*program, "empty"};
  field.present.push_back(std::move(floor));
}

void add_peer(Field& field, Competitor peer, bool required) {
  const Status found = find_tool_of(peer);
  if (found.ok())
    field.present.push_back(std::move(peer));
  else
    field.absent.push_back({peer.name, found.error(), required});
}

}  // namespace

Field make_field(const Registry& registry, const std::vector<Way>& ways, bool named, bool peers) {
  Field field;
  field.present.push_back(nothing(kNothing, "the workload alone: what all others are compared with"));
  field.present.push_back(nothing(kNothingAgain, "the same once more: what is seen here is noise"));
  add_floor(field);
  bool has_strace = false;
  for (const Way& way : ways) {
    if (auto why = why_not(registry, way)) {
      field.absent.push_back({way.name, *std::move(why), named});
      continue;
    }
    has_strace = has_strace || way.name == kStrace;
    field.present.push_back(from_way(way));
  }
  if (has_strace || peers) add_peer(field, strace_to_file(), peers);
  if (!peers) return field;
  for (Competitor& peer : all_peers()) add_peer(field, std::move(peer), true);
  return field;
}

}  // namespace latimer::overhead
