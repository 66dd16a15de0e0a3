#include "core/model/ledger.h"

#include <algorithm>

namespace latimer {
namespace {

std::int64_t as_signed(std::uint64_t value) { return static_cast<std::int64_t>(value); }

// left - sum(terms), when all are known.
template <typename... Terms>
std::optional<std::int64_t> residual(const Count& left, const Terms&... terms) {
  if (!left || !(terms && ...)) return std::nullopt;
  return as_signed(*left) - (as_signed(*terms) + ...);
}

Count minus(const Count& later, const Count& earlier) {
  if (!later) return std::nullopt;
  const std::uint64_t base = earlier.value_or(0);
  return *later >= base ? *later - base : 0;
}

void add_known(Count& to, const Count& what) {
  if (to && what) {
    *to += *what;
  } else {
    to.reset();
  }
}

void add_lines(LineLedger& to, const LineLedger& what) {
  to.total += what.total;
  to.records += what.records;
  for (const auto& [kind, count] : what.ignored) to.ignored[kind] += count;
  for (const auto& [reason, count] : what.rejected) to.rejected[reason] += count;
  to.first_rejected.insert(to.first_rejected.end(), what.first_rejected.begin(), what.first_rejected.end());
}

std::uint64_t sum(const CountsByName& counts) {
  std::uint64_t total = 0;
  for (const auto& [name, count] : counts) total += count;
  return total;
}

}  // namespace

void Ledger::add_loss(LossReason reason, std::uint64_t count) {
  Count& entry = lost[static_cast<std::size_t>(reason)];
  entry = entry.value_or(0) + count;
}

void Ledger::add(const Ledger& other) {
  for (Count Ledger::*term : {&Ledger::enters, &Ledger::exits, &Ledger::completed, &Ledger::in_flight,
                              &Ledger::no_return, &Ledger::child_returns, &Ledger::refused,
                              &Ledger::began_before_attach, &Ledger::lost_enters, &Ledger::lost_exits})
    add_known(this->*term, other.*term);
  for (std::size_t i = 0; i < lost.size(); ++i) {
    if (other.lost[i]) lost[i] = lost[i].value_or(0) + *other.lost[i];
  }
  if (other.lines) {
    if (!lines) lines.emplace();
    add_lines(*lines, *other.lines);
  }
  live = live || other.live;
}

std::optional<std::int64_t> Ledger::enter_residual() const {
  return residual(enters, completed, in_flight, no_return, lost_exits);
}

std::optional<std::int64_t> Ledger::exit_residual() const {
  return residual(exits, completed, child_returns, refused, began_before_attach, lost_enters);
}

std::optional<std::int64_t> Ledger::line_residual() const {
  if (!lines) return std::nullopt;
  return as_signed(lines->total) - as_signed(lines->records + sum(lines->ignored) + sum(lines->rejected));
}

bool Ledger::balanced() const {
  return enter_residual().value_or(0) == 0 && exit_residual().value_or(0) == 0 &&
         line_residual().value_or(0) == 0;
}

std::uint64_t Ledger::total_lost() const {
  std::uint64_t by_reason = 0;
  for (const Count& count : lost) by_reason += count.value_or(0);
  return std::max({by_reason, lost_enters.value_or(0), lost_exits.value_or(0)});
}

bool Ledger::complete() const {
  const bool nothing_rejected = !lines || sum(lines->rejected) == 0;
  return total_lost() == 0 && nothing_rejected && (live || balanced());
}

Ledger since(const Ledger& later, const Ledger& earlier) {
  Ledger result = later;
  for (auto term :
       {&Ledger::enters, &Ledger::exits, &Ledger::completed, &Ledger::no_return, &Ledger::child_returns,
        &Ledger::refused, &Ledger::began_before_attach, &Ledger::lost_enters, &Ledger::lost_exits}) {
    result.*term = minus(later.*term, earlier.*term);
  }
  for (std::size_t i = 0; i < result.lost.size(); ++i) result.lost[i] = minus(later.lost[i], earlier.lost[i]);
  return result;
}

}  // namespace latimer
