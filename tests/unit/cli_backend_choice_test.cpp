#include <catch2/catch.hpp>

#include "cli/backend_choice.h"

using namespace latimer;

namespace {

class FakeBackend final : public Backend {
 public:
  FakeBackend(std::string name, bool available, bool selects_host) : available_(available) {
    descriptor_.name = std::move(name);
    descriptor_.costs = "costs of " + descriptor_.name;
    descriptor_.can_select_host = selects_host;
    descriptor_.can_aggregate = selects_host;
    descriptor_.has_ring = selects_host;
    descriptor_.groups = {GroupBy::process};
    if (selects_host) descriptor_.groups.push_back(GroupBy::cgroup);
  }
  [[nodiscard]] const BackendDescriptor& descriptor() const override { return descriptor_; }
  ProbeReport probe(bool) override {
    ProbeReport report;
    report.version = "1.0";
    if (!available_) {
      report.checks.push_back({"right to load", ProbeCheck::Outcome::missing, "CAP_BPF is missing",
                               "fix of " + descriptor_.name, true});
    }
    return report;
  }
  Result<std::unique_ptr<EventSource>> open(const CaptureRequest&) override { return Error{}; }

 private:
  BackendDescriptor descriptor_;
  bool available_;
};

Registry registry_of(bool ebpf, bool strace) {
  Registry registry;
  registry.add(std::make_unique<FakeBackend>("ebpf", ebpf, true));
  registry.add(std::make_unique<FakeBackend>("strace", strace, false));
  return registry;
}

CaptureSettings settings_for(Target target) {
  CaptureSettings settings;
  settings.request.target = std::move(target);
  return settings;
}

const CommandTarget kCommand{{"true"}, std::nullopt, true, false};
const PidTarget kPid{{1}, false};

// Nobody interrupts.
Result<BackendChoice> choose(const Registry& registry, const CaptureSettings& settings) {
  return choose_backend(registry, settings, -1);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("auto takes the first backend that is available") {
  const Registry registry = registry_of(true, true);
  for (const Target& target : {Target(kCommand), Target(kPid), Target(HostTarget{})}) {
    const auto choice = choose(registry, settings_for(target));
    REQUIRE(choice.ok());
    CHECK(choice->backend->descriptor().name == "ebpf");
    CHECK(choice->note.empty());
  }
}

TEST_CASE("auto falls back for a launched command, and says which and why in one line") {
  const Registry registry = registry_of(false, true);
  const auto choice = choose(registry, settings_for(kCommand));
  REQUIRE(choice.ok());
  CHECK(choice->backend->descriptor().name == "strace");
  CHECK(contains(choice->note, "using strace, not ebpf"));
  CHECK(contains(choice->note, "CAP_BPF is missing"));
  CHECK_FALSE(contains(choice->note, "\n"));
}

TEST_CASE("auto never hands a running process to ptrace: it names the fix, and the other way with its cost") {
  const auto choice = choose(registry_of(false, true), settings_for(kPid));
  REQUIRE_FALSE(choice.ok());
  CHECK(contains(choice.error().message, "ebpf cannot be used here"));
  CHECK(contains(choice.error().message, "CAP_BPF is missing"));
  CHECK(contains(choice.error().hint, "fix of ebpf"));
  CHECK(contains(choice.error().hint, "-b strace (costs of strace)"));
}

TEST_CASE("a backend that cannot help is not offered") {
  const auto without = choose(registry_of(false, false), settings_for(kPid));
  REQUIRE_FALSE(without.ok());
  CHECK_FALSE(contains(without.error().hint, "-b strace"));
  const auto host = choose(registry_of(false, true), settings_for(HostTarget{}));
  REQUIRE_FALSE(host.ok());
  CHECK_FALSE(contains(host.error().hint, "-b strace"));
}

TEST_CASE("when nothing is available, every reason and every fix is named") {
  const auto choice = choose(registry_of(false, false), settings_for(kCommand));
  REQUIRE_FALSE(choice.ok());
  CHECK(contains(choice.error().message, "neither can strace"));
  CHECK(contains(choice.error().hint, "fix of ebpf"));
  CHECK(contains(choice.error().hint, "fix of strace"));
}

TEST_CASE("a backend by name is taken or refused, never replaced") {
  CaptureSettings settings = settings_for(kPid);
  settings.backend = "strace";
  const Registry registry = registry_of(true, true);
  CHECK(choose(registry, settings)->backend->descriptor().name == "strace");
  CHECK(choose(registry_of(true, false), settings).error().code == Errc::unavailable);
  settings.backend = "nonsense";
  CHECK(choose(registry_of(true, true), settings).error().code == Errc::usage);
  settings = settings_for(HostTarget{});
  settings.backend = "strace";
  CHECK(contains(choose(registry_of(true, true), settings).error().message, "-a"));
  settings = settings_for(kCommand);
  settings.backend = "strace";
  settings.request.by = GroupBy::cgroup;
  CHECK(contains(choose(registry_of(true, true), settings).error().message, "cgroup"));
}

TEST_CASE("an option that only a backend with tables in the kernel understands is not dropped in silence") {
  CaptureSettings settings = settings_for(kCommand);
  settings.kernel_option = "--map-memory";
  const auto instead = choose(registry_of(false, true), settings);
  REQUIRE_FALSE(instead.ok());
  CHECK(contains(instead.error().message, "ebpf cannot be used here"));
  CHECK(choose(registry_of(true, true), settings)->backend->descriptor().name == "ebpf");
  settings.backend = "strace";
  const auto named = choose(registry_of(true, true), settings);
  REQUIRE_FALSE(named.ok());
  CHECK(named.error().code == Errc::usage);
  CHECK(contains(named.error().message, "no use for --map-memory"));
}

TEST_CASE("the size of a buffer is for backends that have one and in the mode that uses it") {
  CaptureSettings settings = settings_for(kCommand);
  settings.ring_option = true;
  settings.backend = "ebpf";
  const Registry registry = registry_of(true, true);
  const auto aggregate = choose(registry, settings);
  REQUIRE_FALSE(aggregate.ok());
  CHECK(aggregate.error().code == Errc::usage);
  CHECK(contains(aggregate.error().message, "stream mode"));
  settings.request.mode = CaptureMode::stream;
  CHECK(choose(registry, settings)->backend->descriptor().name == "ebpf");
  settings.backend = "strace";
  CHECK(contains(choose(registry, settings).error().message, "has no buffer"));
}

TEST_CASE("a way to use perf is for perf alone") {
  CaptureSettings settings = settings_for(kCommand);
  settings.perf_option = true;
  settings.backend = "strace";
  const auto choice = choose(registry_of(true, true), settings);
  REQUIRE_FALSE(choice.ok());
  CHECK(choice.error().code == Errc::usage);
  CHECK(contains(choice.error().message, "-b perftrace"));
}
