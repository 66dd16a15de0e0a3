// The ledger: the promise that no number is silently wrong.
//
//   enters = completed + in flight + no return + lost exits
//   exits  = completed + child returns + refused + began before attach + lost enters
//
// Each term is counted on its own by the backend; one that it cannot see is nullopt. An event dropped between
// kernel and user space (ring_full, map_full) lost both ends of a call that the kernel had entered and left:
// it is in lost_enters and in lost_exits.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/model/loss.h"

namespace latimer {

using Count = std::optional<std::uint64_t>;
using CountsByName = std::map<std::string, std::uint64_t, std::less<>>;

// Where the lines of a text tracer went: lines = records + ignored + rejected.
struct LineLedger {
  std::uint64_t total = 0;
  std::uint64_t records = 0;
  CountsByName ignored;                     // by kind
  CountsByName rejected;                    // by reason
  std::vector<std::string> first_rejected;  // the first few, as "FILE, byte N, reason: text"
};

struct Ledger {
  Count enters;
  Count exits;
  Count completed;            // returned, seen from entry to exit
  Count in_flight;            // still inside when the capture ended
  Count no_return;            // exit, exit_group, and calls that their caller died in
  Count child_returns;        // clone and its kin returning in the child
  Count refused;              // answered by seccomp or ptrace before entry
  Count began_before_attach;  // returned, but entered before Latimer looked
  Count lost_enters;
  Count lost_exits;
  std::array<Count, kLossReasonNames.size()>
      lost{};  // by LossReason; nullopt: this backend has no such loss or cannot see it
  std::optional<LineLedger> lines;
  bool live = false;  // read while calls were moving: may differ by those

  void add_loss(LossReason reason, std::uint64_t count);
  // Another capture's: a term that one of the two does not know is not known of both.
  void add(const Ledger& other);

  // Left side minus right side; nullopt when a term is unknown. 0 is balance.
  [[nodiscard]] std::optional<std::int64_t> enter_residual() const;
  [[nodiscard]] std::optional<std::int64_t> exit_residual() const;
  [[nodiscard]] std::optional<std::int64_t> line_residual() const;
  [[nodiscard]] bool balanced() const;  // no known residual differs from 0
  [[nodiscard]] std::uint64_t total_lost()
      const;  // calls; the larger of the two sides and of what the reasons add up to
  // Nothing was lost or rejected and, unless live, everything balances.
  [[nodiscard]] bool complete() const;
};

// What was added to the ledger since an earlier reading of the same capture; `in_flight` is the later one's.
[[nodiscard]] Ledger since(const Ledger& later, const Ledger& earlier);

}  // namespace latimer
