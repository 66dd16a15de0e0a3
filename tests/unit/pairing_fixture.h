// What the tests of pairing share: a stream of calls written by hand, and a live system whose answers a test
// sets.
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/engine/pairing.h"
#include "core/model/errno_table.h"
#include "core/model/syscall_table.h"

namespace latimer::pairing_fixture {

inline std::int32_t nr(const char* name) { return *syscall_number(Abi::x86_64, name); }

// A live system whose answers a test sets.
class FakeOracle : public TaskOracle {
 public:
  std::map<std::int32_t, std::int32_t> tgids;
  std::map<std::int32_t, std::string> comms;
  bool caught = false;
  bool shares = true;
  std::optional<std::int32_t> tgid_of(std::int32_t tid) override {
    const auto found = tgids.find(tid);
    return found == tgids.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<std::uint64_t> start_of(std::int32_t tgid) override {
    return static_cast<std::uint64_t>(tgid) * 1000;
  }
  std::optional<std::string> comm_of(std::int32_t tid) override {
    const auto found = comms.find(tid);
    return found == comms.end() ? std::nullopt : std::optional(found->second);
  }
  std::optional<bool> catches(std::int32_t, std::int32_t) override { return caught; }
  std::optional<bool> shares_pids(std::int32_t) override { return shares; }
};

struct Stream {
  FakeOracle oracle;
  Pairing pairing;
  explicit Stream(PairingOptions options = {}, bool live = true)
      : pairing(options, live ? &oracle : nullptr) {}

  Task& task(std::int32_t tid) { return pairing.tasks().get(tid); }
  void enter(std::int32_t tid, const char* name, std::int64_t at = 0) {
    CallEntry entry;
    entry.number = nr(name);
    entry.time_ns = at;
    entry.args = "in, ";
    pairing.enter(task(tid), entry);
  }
  void exit(std::int32_t tid, const char* name, std::int64_t value = 0,
            std::optional<std::int64_t> duration = 7) {
    CallExit exit;
    exit.number = nr(name);
    exit.value = value;
    exit.duration_ns = duration;
    exit.args = "out";
    if (value < 0) {
      exit.error = static_cast<std::int32_t>(-value);
      exit.outcome = is_restart_errno(exit.error) ? CallOutcome::restart : CallOutcome::failed;
    }
    pairing.exit(task(tid), exit);
  }
  void never(std::int32_t tid, const char* name) {
    CallExit exit;
    exit.number = nr(name);
    exit.outcome = CallOutcome::never;
    pairing.exit(task(tid), exit);
  }
  void call(std::int32_t tid, const char* name, std::int64_t value = 0) {
    enter(tid, name);
    exit(tid, name, value);
  }
  void clone(std::int32_t tid, bool thread) {
    enter(tid, "clone");
    pairing.tasks().clone_begins(task(tid), thread);
  }
  std::vector<SyscallEvent> take() {
    std::vector<SyscallEvent> events(pairing.events().begin(), pairing.events().end());
    pairing.clear();
    return events;
  }
};

inline void check_balance(const Pairing& pairing) {
  const Ledger ledger = pairing.ledger();
  CHECK(ledger.enter_residual() == 0);
  CHECK(*ledger.exits == *ledger.completed + *ledger.began_before_attach + *ledger.lost_enters);
}

}  // namespace latimer::pairing_fixture
