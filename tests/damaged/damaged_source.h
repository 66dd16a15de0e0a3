// DamagedSource: another source, whose events come through damaged. Streaming sources only; otherwise as the
// source inside (threads, order, errors).
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/engine/event_source.h"
#include "tests/damaged/damage.h"

namespace latimer::damaged {

class DamagedSource : public EventSource {
 public:
  // `at_end`: told what was done to the capture, once, when the source goes.
  using AtEnd = std::function<void(const DamageAccount&)>;

  DamagedSource(std::unique_ptr<EventSource> inner, Damage damage, AtEnd at_end)
      : inner_(std::move(inner)), damage_(std::move(damage)), at_end_(std::move(at_end)) {}
  ~DamagedSource() override { at_end_(damage_.account()); }

  Status start() override { return inner_->start(); }
  Result<Next> next(Batch& batch, std::chrono::steady_clock::time_point deadline) override;
  [[nodiscard]] int poll_fd() const override { return inner_->poll_fd(); }
  [[nodiscard]] bool aggregates() const override { return inner_->aggregates(); }
  Result<Snapshot> snapshot() override;
  void stop() noexcept override { inner_->stop(); }
  SourceStats stats() override;
  [[nodiscard]] std::optional<Progress> progress() const override { return inner_->progress(); }
  [[nodiscard]] std::optional<std::int32_t> command_pid() const override { return inner_->command_pid(); }
  std::optional<ExitStatus> command_status() override { return inner_->command_status(); }
  std::optional<ExitStatus> wait_command(std::chrono::steady_clock::time_point deadline) override {
    return inner_->wait_command(deadline);
  }

 private:
  void damage(Batch& batch);

  std::unique_ptr<EventSource> inner_;
  Damage damage_;
  AtEnd at_end_;
  std::vector<SyscallEvent> left_;  // what the current batch's events are
};

}  // namespace latimer::damaged
