// The language of --fail-if: when a comparison (comparison.h) is a failure.
//
//   text      = all-of { ( "," | "or" ) all-of } ;       one all-of is enough
//   all-of    = condition { "and" condition } ;          "and" binds more tightly; there are no parentheses
//   condition = call "." metric operator bound [ "surely" ] ;
//   call      = [ abi ":" ] name | "total" ;             name: a system call, syscall_N; total: all calls
//   abi       = "x86_64" | "i386" | "aarch64" ;
//   metric    = "count" | "errors" | "rate" | time ;     rate: calls per second
//   time      = "total" | "avg" | "min" | "max" | "p50" | "p90" | "p95" | "p99" | "p999" ;
//   operator  = ">" | ">=" | "<" | "<=" ;
//   bound     = number "x"                               B / A: 1.2x
//             | sign number "%"                          change from A to B, of A: +10%
//             | sign amount                              B - A: +5ms, -100
//             | amount ;                                 B: 200us, 0
//   amount    = number [ unit ] ;                        times need a unit, 0 does not; the others have none
//   unit      = "ns" | "us" | "ms" | "s" | "min" | "h" ;
//   sign      = "+" | "-" ;
//   number    = digit { digit } [ "." digit { digit } ] ;    nine decimals, below 10^9
//
// Blanks may stand between any two words and signs of this, not within a bound or a call's name. Words are
// in lower case.
//
// A name without an ABI means the calls of every ABI that have it: each by itself, and one of them is enough.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/model/result.h"
#include "core/stats/comparison.h"

namespace latimer {

enum class FailOperator : std::uint8_t { above, at_least, below, at_most };  // > >= < <=

enum class FailBound : std::uint8_t {
  ratio,  // B / A; a relative change is one, too
  shift,  // B - A
  value,  // B
};

struct FailCondition {
  std::optional<Abi> abi;
  std::string call;  // "total": all calls
  Metric metric = Metric::count;
  FailOperator compare = FailOperator::above;
  FailBound kind = FailBound::value;
  std::int64_t billionths = 0;  // the bound times 10^9, exact, for ratios
  std::int64_t amount = 0;      // the bound in ns for times, billionths of calls (per second) for the others
  bool surely = false;          // the whole interval has to pass, not only the estimate
  std::string text;             // as written
};

struct FailIf {
  std::vector<std::vector<FailCondition>> any_of;  // of lists of which all have to hold; none is empty
};

// Longer texts are refused.
inline constexpr std::size_t kLongestFailIf = 4096;  // bytes

// `also_known`: names of calls that the captures have and our tables do not. Errc::usage with the column (of
// the text as escape_bytes() prints it, from 1) in the message; the hint has the text, a caret below that
// column, and what could stand there.
[[nodiscard]] Result<FailIf> parse_fail_if(std::string_view text,
                                           const std::vector<std::string>& also_known = {});

// unknown: there is nothing to judge by. It is no success.
enum class Holds : std::uint8_t { holds, does_not, unknown };
[[nodiscard]] std::string_view to_string(Holds holds);  // "holds", "does not hold", "unknown"

struct ConditionOutcome {
  Holds holds = Holds::unknown;
  // Whether the whole 95 % interval says the same as the estimate ("certainly"), or not ("perhaps"). nullopt:
  // there is no interval. A condition that demands `surely` and does not hold may have passed by its
  // estimate.
  std::optional<bool> certain;
  std::string sentence;  // one line with the figures, no full stop
};

struct FailOutcome {
  // "or" and "and" of three values (Kleene): one all-of that holds is enough, whatever is unknown beside it.
  Holds holds = Holds::does_not;
  std::vector<ConditionOutcome> conditions;  // in the order of the text
};

// Unknown: a call that neither side made; a ratio or a shift of a number that one side does not have; no
// durations; `surely` where the estimate passes and there is no interval. A call that one side did not make
// has count, errors and total 0 there; what A has nothing of is infinitely more in B, and two zeros are a
// ratio of 1. NaN: never.
[[nodiscard]] FailOutcome evaluate(const FailIf& conditions, const Comparison& comparison);

}  // namespace latimer
