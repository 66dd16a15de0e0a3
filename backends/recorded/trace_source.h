// TraceSource: Latimer's own trace files, as an EventSource.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "backends/recorded/recordings.h"
#include "backends/recorded/row_reader.h"
#include "core/engine/capture_request.h"
#include "core/engine/event_source.h"
#include "core/engine/line_account.h"
#include "core/model/report.h"
#include "core/record/text_inputs.h"
#include "core/stats/snapshot_builder.h"

namespace latimer::recorded {

class TraceSource : public EventSource, private TextInputs::Reader {
 public:
  // Reads nothing yet.
  static Result<std::unique_ptr<EventSource>> open(const CaptureRequest& request);

  Status start() override { return {}; }
  Result<Next> next(Batch& batch, std::chrono::steady_clock::time_point deadline) override;
  [[nodiscard]] int poll_fd() const override { return inputs_.poll_fd(); }
  [[nodiscard]] bool aggregates() const override { return aggregates_; }
  Result<Snapshot> snapshot() override;
  void stop() noexcept override { inputs_.stop(); }
  SourceStats stats() override;
  [[nodiscard]] std::optional<Progress> progress() const override;
  [[nodiscard]] const ForeignNames& foreign_names() const override { return rows_.names().names(); }
  [[nodiscard]] bool tells_targets() const override { return true; }

 private:
  TraceSource(const CaptureRequest& request, const std::vector<std::string>& inputs);
  Result<std::string> begin_input(const std::string& input, std::string_view beginning,
                                  bool readable) override;
  void take_lines(TextBlock& block) override;
  Status end_input(const std::string& input, bool whole) override;
  // A recorder that was killed leaves one.
  [[nodiscard]] bool expects_cut_inputs() const override { return true; }
  void take_row(const Line& line);
  void take_call(SyscallEvent& event);
  void take_meta(const MetaRow& row);
  void take_beginning(std::string_view json);
  void take_end(std::string_view json);
  void note_time(const SyscallEvent& event);

  const SyscallFilter filter_;
  const bool timing_;
  const bool aggregates_;
  RowReader rows_;
  LineAccount lines_;
  SnapshotBuilder sums_;
  std::vector<SyscallEvent> events_;
  FileFacts file_;  // that is being read
  bool header_taken_ = false;
  Recordings recordings_;
  std::set<std::string> seen_recordings_;
  bool continuations_known_ = false;
  std::optional<Error> refusal_;
  std::optional<TraceOrigin> origin_;  // of the first recording
  std::optional<Ledger> ledger_;       // of the files that say, added up
  std::vector<InFlight> in_flight_;
  std::optional<TargetCpu> cpu_;
  bool any_ended_ = false;
  bool columns_missing_ = false;
  std::vector<std::string> warnings_;
  std::optional<std::int64_t> first_ns_, last_ns_;
  bool over_ = false;
  TextInputs inputs_;
};

}  // namespace latimer::recorded
