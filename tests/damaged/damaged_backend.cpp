#include "tests/damaged/damaged_backend.h"

#include <fmt/format.h>

#include "tests/damaged/damage_report.h"
#include "tests/damaged/damaged_source.h"

namespace latimer::damaged {
namespace {

// FNV-1a over what is done, not where the program lies: the same capture on another machine is damaged alike.
std::uint64_t salt_of(const std::vector<std::string>& argv) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (std::size_t i = 1; i < argv.size(); ++i) {
    for (const char c : argv[i] + '\0') hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return hash;
}

class DamagedBackend : public Backend {
 public:
  DamagedBackend(Backend& inner, DamagePlan plan, std::string report)
      : inner_(inner), plan_(std::move(plan)), report_(std::move(report)), descriptor_(inner.descriptor()) {
    descriptor_.name = "damaged";
    descriptor_.summary = fmt::format("{}, broken on purpose: a test of validate", inner.descriptor().name);
    descriptor_.can_aggregate = false;
  }

  [[nodiscard]] const BackendDescriptor& descriptor() const override { return descriptor_; }
  ProbeReport probe(bool thorough) override { return inner_.probe(thorough); }
  Result<std::unique_ptr<EventSource>> open(const CaptureRequest& request) override;

 private:
  Backend& inner_;  // of the same registry
  const DamagePlan plan_;
  const std::string report_;
  BackendDescriptor descriptor_;
};

Result<std::unique_ptr<EventSource>> DamagedBackend::open(const CaptureRequest& request) {
  Result<DamageReport> report = DamageReport::open(report_);
  if (!report) return std::move(report).error();
  CaptureRequest streamed = request;
  streamed.mode = CaptureMode::stream;
  Result<std::unique_ptr<EventSource>> source = inner_.open(streamed);
  if (!source) return source;
  if ((*source)->aggregates())
    return Error{Errc::unsupported, plan_.inner + " adds up by itself: there are no events to damage", ""};
  std::vector<std::string> argv;
  if (const auto* command = std::get_if<CommandTarget>(&request.target)) argv = command->argv;
  const std::uint64_t salt = salt_of(argv);
  // A line that cannot be written is missing, and whoever reads the report counts them.
  auto at_end = [plan = plan_, argv = std::move(argv),
                 file = std::make_shared<DamageReport>(std::move(report).value())](
                    const DamageAccount& account) { static_cast<void>(file->add(plan, argv, account)); };
  return std::unique_ptr<EventSource>(
      std::make_unique<DamagedSource>(std::move(source).value(), Damage(plan_, salt), std::move(at_end)));
}

}  // namespace

Status add_damaged_backend(Registry& registry, const DamagePlan& plan, std::string report) {
  Backend* const inner = registry.backend(plan.inner);
  if (inner == nullptr) {
    std::vector<std::string> names;
    for (const auto& backend : registry.backends()) names.push_back(backend->descriptor().name);
    return Error{Errc::usage, fmt::format("LATIMER_DAMAGE: inner: there is no backend '{}'", plan.inner),
                 fmt::format("one of {}", fmt::join(names, ", "))};
  }
  registry.add(std::make_unique<DamagedBackend>(*inner, plan, std::move(report)));
  return {};
}

}  // namespace latimer::damaged
