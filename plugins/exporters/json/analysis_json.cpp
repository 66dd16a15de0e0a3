#include "plugins/exporters/json/analysis_json.h"

#include "core/model/text_escape.h"

namespace latimer {
namespace {

Json activity_json(const Activity& activity) {
  const auto timed = [&activity](std::uint64_t ns) { return activity.timed() ? Json(ns) : Json(); };
  return {{"count", activity.count},
          {"errors", activity.errors},
          {"total_ns", timed(activity.total_ns)},
          {"waiting_ns", timed(activity.waiting_ns)},
          {"max_ns", timed(activity.max_ns)},
          {"p50_ns", or_null(activity.p50_ns)},
          {"p95_ns", or_null(activity.p95_ns)},
          {"p99_ns", or_null(activity.p99_ns)},
          {"reads", activity.reads},
          {"writes", activity.writes},
          {"read_bytes", activity.read_bytes},
          {"written_bytes", activity.written_bytes}};
}

// An object that begins with `own`, then the figures of the activity.
Json with_activity(Json own, const Activity& activity) {
  own.update(activity_json(activity));
  return own;
}

Json work_json(const std::vector<WorkRow>& rows) {
  Json array = Json::array();
  for (const WorkRow& row : rows)
    array.push_back(with_activity(
        {{"work", std::string(to_string(row.work))}, {"waits", row.waits}, {"bottleneck", row.bottleneck}},
        row.activity));
  return array;
}

Json tasks_json(const std::vector<TaskRow>& rows, bool threads) {
  Json array = Json::array();
  for (const TaskRow& row : rows) {
    Json own = {{"pid", row.pid}};
    if (threads) own["tid"] = row.tid;
    own["comm"] = escape_bytes(row.comm);
    own["io_ns"] = row.activity.timed() ? Json(row.io_ns) : Json();
    own["at_least"] = row.at_least;
    array.push_back(with_activity(std::move(own), row.activity));
  }
  return array;
}

Json targets_json(const std::vector<TargetRow>& rows) {
  Json array = Json::array();
  for (const TargetRow& row : rows)
    array.push_back(with_activity({{"name", escape_bytes(row.name)},
                                   {"kind", std::string(to_string(row.kind))},
                                   {"opens", row.opens},
                                   {"at_least", row.at_least}},
                                  row.activity));
  return array;
}

Json connections_json(const std::vector<ConnectionRow>& rows) {
  Json array = Json::array();
  for (const ConnectionRow& row : rows)
    array.push_back({{"peer", escape_bytes(row.peer)},
                     {"count", row.count},
                     {"failed", row.failed},
                     {"establish_p50_ns", or_null(row.establish_p50_ns)},
                     {"establish_max_ns", or_null(row.establish_max_ns)},
                     {"first_byte_p50_ns", or_null(row.first_byte_p50_ns)},
                     {"first_byte_max_ns", or_null(row.first_byte_max_ns)},
                     {"lifetime_p50_ns", or_null(row.lifetime_p50_ns)},
                     {"lifetime_max_ns", or_null(row.lifetime_max_ns)},
                     {"read_bytes", row.read_bytes},
                     {"written_bytes", row.written_bytes}});
  return array;
}

Json classes_json(const Analysis& analysis) {
  Json object = Json::object();
  for (const LatencyClassRow& row : analysis.classes)
    object[std::string(row.name)] = {{"count", row.count}, {"total_ns", row.total_ns}};
  return object;
}

Json timeline_json(const std::optional<Timeline>& timeline) {
  if (!timeline) return nullptr;
  Json slices = Json::array();
  for (const TimeSlice& slice : timeline->slices) {
    Json work = Json::object();
    for (std::size_t i = 0; i < slice.work_ns.size(); ++i)
      if (slice.work_ns[i] != 0) work[std::string(kWorkNames[i])] = slice.work_ns[i];
    slices.push_back({{"calls", slice.calls},
                      {"errors", slice.errors},
                      {"work_ns", std::move(work)},
                      {"latency", slice.latency}});
  }
  Json threads = Json::array();
  for (const ThreadTimeline& thread : timeline->threads)
    threads.push_back({{"pid", thread.pid},
                       {"tid", thread.tid},
                       {"comm", escape_bytes(thread.comm)},
                       {"working_ns", thread.working_ns},
                       {"waiting_ns", thread.waiting_ns}});
  return {{"start_ns", timeline->start_ns},
          {"slice_ns", timeline->slice_ns},
          {"slices", std::move(slices)},
          {"threads", std::move(threads)}};
}

}  // namespace

Json analysis_json(const Analysis& analysis) {
  return {{"all", activity_json(analysis.all)},
          {"work", work_json(analysis.work)},
          {"classes", classes_json(analysis)},
          {"processes", tasks_json(analysis.processes, false)},
          {"threads", tasks_json(analysis.threads, true)},
          {"files", targets_json(analysis.files)},
          {"peers", targets_json(analysis.peers)},
          {"other_targets", with_activity({{"names", analysis.other_target_count}}, analysis.other_targets)},
          {"unknown_targets", activity_json(analysis.unknown_targets)},
          {"connections", connections_json(analysis.connections)},
          {"timeline", timeline_json(analysis.timeline)}};
}

}  // namespace latimer
