#include "backends/recorded/recordings.h"

#include <fmt/format.h>

#include <algorithm>

namespace latimer::recorded {

void Recordings::add(const FileFacts& file, bool whole) {
  if (file.ended && file.recorded_rows && *file.recorded_rows != file.rows)
    note(fmt::format("{}: {} calls were recorded in it, and {} are there", file.name, *file.recorded_rows,
                     file.rows));
  if (!file.ended)
    note(whole ? fmt::format(
                     "{}: the trace has no end: its recorder was killed, or still runs, or the disk was "
                     "full; these are the {} calls up to there",
                     file.name, file.rows)
               : fmt::format("{}: the trace cannot be read to its end; these are the {} calls up to there",
                             file.name, file.rows));
  if (file.ended && !file.recorded_rows)
    note(fmt::format("{}: the trace's end does not say how many calls there were", file.name));
  if (file.ends > 1)
    note(fmt::format("{}: the trace has {} ends: files were put together", file.name, file.ends));
  if (file.incomplete)
    note(fmt::format(
        "{}: its recorder said that it is INCOMPLETE: calls were lost, or the capture failed (it ended "
        "by: {})",
        file.name, file.end_reason.empty() ? "nobody knows what" : file.end_reason));
  if (!file.begun) note(fmt::format("{}: the trace does not say who made it, and where", file.name));
  // Files that do not say what they are part of are each their own.
  const std::string key = file.recording.empty() ? "file " + file.name : file.recording;
  Recording& its = recordings_.try_emplace(key, Recording{}).first->second;
  if (its.first_file.empty()) its.first_file = file.name;
  if (!its.parts.insert(file.part).second)
    note(fmt::format("{}: part {} of the trace in {} for the second time: its calls count twice", file.name,
                     file.part, its.first_file));
  if (file.part >= its.latest) {
    its.latest = file.part;
    its.goes_on = file.continues;
  }
  its.rows += file.rows;
  its.completed += file.completed;
  its.selective = its.selective || file.selective;
  if (file.all_completed) its.all_completed = file.all_completed;
  if (file.all_rows) its.all_rows = file.all_rows;
  if (file.duration_ns) its.duration_ns = file.duration_ns;
}

bool Recordings::Recording::balances() const {
  return selective || !all_completed || !all_rows || *all_rows != rows || *all_completed == completed;
}

bool Recordings::whole() const {
  return notes_.empty() && std::none_of(recordings_.begin(), recordings_.end(), [](const auto& entry) {
           return entry.second.goes_on || !entry.second.balances() ||
                  entry.second.all_rows.value_or(0) > entry.second.rows;
         });
}

std::vector<std::string> Recordings::warnings() const {
  std::vector<std::string> warnings = notes_;
  for (const auto& [key, its] : recordings_) {
    if (its.goes_on)
      warnings.push_back(fmt::format("the trace in {} goes on in a file that was not given", its.first_file));
    if (!its.balances())
      warnings.push_back(
          fmt::format("{}: {} calls returned when it was recorded, and {} of those that are there did",
                      its.first_file, *its.all_completed, its.completed));
    if (its.all_rows && *its.all_rows > its.rows && notes_.empty())
      warnings.push_back(
          fmt::format("{} calls are in files of the trace in {} that were not given: it was rotated",
                      *its.all_rows - its.rows, its.first_file));
  }
  if (recordings_.size() > 1)
    warnings.push_back(fmt::format(
        "{} recordings are added up here: a pid in one may be another process in the next (latimer diff "
        "sets them against each other)",
        recordings_.size()));
  return warnings;
}

std::optional<std::uint64_t> Recordings::duration_ns() const {
  std::uint64_t sum = 0;
  for (const auto& [key, its] : recordings_) {
    if (!its.duration_ns) return std::nullopt;
    sum += *its.duration_ns;
  }
  return recordings_.empty() ? std::nullopt : std::optional(sum);
}

}  // namespace latimer::recorded
