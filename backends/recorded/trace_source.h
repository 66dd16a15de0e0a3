// TraceSource: Latimer's own trace files, as an EventSource.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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
  explicit TraceSource(const CaptureRequest& request);
  Result<std::string> begin_input(const std::string& input, std::string_view beginning,
                                  bool readable) override;
  void take_lines(TextBlock& block) override;
  Status end_input(const std::string& input, bool whole) override;
  void take_row(const Line& line);
  void take_call(SyscallEvent& event);
  void take_meta(const MetaRow& row);
  void take_beginning(std::string_view json);
  void take_end(std::string_view json);
  void note_time(const SyscallEvent& event);

  // Of the file that is being read.
  struct File {
    std::string name;
    bool header_taken = false;
    bool begun = false, ended = false, continues = false;
    unsigned part = 1;
    std::uint64_t rows = 0;
    std::optional<std::uint64_t> recorded_rows;
  };

  const SyscallFilter filter_;
  const bool timing_;
  const bool aggregates_;
  RowReader rows_;
  LineAccount lines_;
  SnapshotBuilder sums_;
  std::vector<SyscallEvent> events_;
  File file_;
  bool continuations_known_ = false;
  std::optional<Error> refusal_;
  std::optional<TraceOrigin> origin_;  // of the first file that says
  std::optional<Ledger> ledger_;       // of the files that say, added up
  std::vector<InFlight> in_flight_;
  std::optional<TargetCpu> cpu_;
  std::optional<std::uint64_t> recorded_ns_;  // how long one recording watched
  std::uint64_t untold_parts_ = 0;            // files that go on in another one
  std::uint64_t ended_files_ = 0;
  std::uint64_t recordings_ = 0;  // whose ends were read
  std::uint64_t all_rows_ = 0, read_rows_ = 0;
  bool whole_ = true;
  std::vector<std::string> warnings_;
  std::optional<std::int64_t> first_ns_, last_ns_;
  bool over_ = false;
  TextInputs inputs_;
};

}  // namespace latimer::recorded
