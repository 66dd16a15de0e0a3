// JoinedSource: sources that read logs, one after the other as one source.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/engine/event_source.h"
#include "core/engine/foreign_names.h"

namespace latimer {

// The sources' clocks may have nothing in common: the first event with a time says which clock counts, and
// events of a source with another one come without times, which is told.
class JoinedSource : public EventSource {
 public:
  struct Part {
    Part(std::string name_, std::unique_ptr<EventSource> source_)
        : name(std::move(name_)), source(std::move(source_)) {}
    std::string name;  // of its backend
    std::unique_ptr<EventSource> source;
    std::uint64_t delivered = 0;                         // completed calls
    std::uint64_t out_of_time = 0;                       // calls of another clock
    std::map<std::int32_t, std::int32_t> calls, errors;  // numbers of foreign names: its own -> ours
  };

  // Two parts or more, none of which has been started.
  JoinedSource(std::vector<Part> parts, bool aggregates);

  Status start() override;
  Result<Next> next(Batch& batch, std::chrono::steady_clock::time_point deadline) override;
  [[nodiscard]] int poll_fd() const override { return parts_[current_].source->poll_fd(); }
  [[nodiscard]] bool aggregates() const override { return aggregates_; }
  Result<Snapshot> snapshot() override;
  void stop() noexcept override;
  SourceStats stats() override;
  [[nodiscard]] const ForeignNames& foreign_names() const override { return names_.names(); }
  [[nodiscard]] bool tells_targets() const override { return parts_[current_].source->tells_targets(); }
  [[nodiscard]] bool counts_completed() const override { return true; }
  [[nodiscard]] unsigned recording() const override { return static_cast<unsigned>(current_); }
  [[nodiscard]] std::optional<Progress> progress() const override;

 private:
  void take(Part& part, SyscallEvent& event);
  void keep_time(Part& part, SyscallEvent& event);
  void note_names(Part& part);
  [[nodiscard]] std::int32_t number_of(const Part& part, std::int32_t number) const;
  void add_log(SourceStats& stats, const LogInfo& log) const;

  std::vector<Part> parts_;
  const bool aggregates_;
  std::size_t current_ = 0;
  std::size_t begun_ = 0;  // parts that were started
  bool over_ = false;
  ForeignNameTable names_;
  std::optional<Error> failure_;  // of a part, told when all have been read
  // The clock that counts: of calendar time (all such are one), or of one part.
  std::optional<bool> calendar_;
  std::size_t clock_of_ = 0;
  std::atomic<bool> stopped_{false};
};

}  // namespace latimer
