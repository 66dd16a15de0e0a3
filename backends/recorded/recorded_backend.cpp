#include "backends/recorded/recorded_backend.h"

#include "backends/recorded/trace_source.h"
#include "core/record/trace_format.h"

namespace latimer {
namespace {

class RecordedBackend : public Backend {
 public:
  RecordedBackend() {
    descriptor_.name = "recorded";
    descriptor_.summary = "traces that latimer trace recorded, with any of the others";
    descriptor_.sees = "what the backend saw that recorded them";
    descriptor_.costs = "nothing: the program has long ended";
    descriptor_.privileges = "that the file can be read";
    descriptor_.clock = ClockDomain::realtime;
    descriptor_.can_attach = false;
    descriptor_.can_launch = false;
    descriptor_.reads_logs = true;
    descriptor_.groups = {GroupBy::process, GroupBy::thread, GroupBy::comm};
  }
  [[nodiscard]] const BackendDescriptor& descriptor() const override { return descriptor_; }
  [[nodiscard]] bool recognizes(std::string_view beginning) const override { return is_trace(beginning); }
  ProbeReport probe(bool) override { return {}; }
  Result<std::unique_ptr<EventSource>> open(const CaptureRequest& request) override {
    return recorded::TraceSource::open(request);
  }

 private:
  BackendDescriptor descriptor_;
};

}  // namespace

std::unique_ptr<Backend> make_recorded_backend() { return std::make_unique<RecordedBackend>(); }

}  // namespace latimer
