// DamagePlan: how a backend is to be broken, as LATIMER_DAMAGE says it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/model/result.h"

namespace latimer::damaged {

enum class Defect : std::uint8_t {
  none,         // everything comes through as it was
  drop,         // events of completed calls are gone
  shift,        // durations are longer or shorter than they were, and calls begin as much earlier or later
  errno_label,  // an error has another's name
  thread,       // a thread is not there
};

// One of `rate` events that could be damaged is, by chance. `seed` decides all that is left to chance.
struct DamagePlan {
  std::string text;  // as it was written
  std::string inner = "strace";
  Defect defect = Defect::none;
  std::uint64_t seed = 1;
  std::uint64_t rate = 1;
  bool honest_ledger = false;            // the ledger still counts what is gone, and so does not balance
  std::int64_t by_ns = 0;                // shift: added to a duration, which stays above or at 0
  std::uint64_t factor_ppm = 1'000'000;  // shift: what a duration is multiplied with, in millionths
  std::uint64_t nth = 1;                 // thread, errno: this one, in the order in which they first come by
  std::int32_t victim = 0;               // errno: this one, whenever it comes; 0: the nth
  std::int32_t label = 0;                // errno: what it becomes
};

// Words with commas between, in any order; what is left out is the default, or drawn by `seed`:
//
//   inner=BACKEND seed=N                           any defect
//   defect=none
//   defect=drop    rate=N honest-ledger
//   defect=shift   by=TIME|by=-TIME|factor=X rate=N
//   defect=errno   from=ENAME|nth=N to=ENAME rate=N
//   defect=thread  nth=N honest-ledger
//
// Empty: strace, undamaged. usage: a word that is unknown, senseless, twice there, or not the defect's.
[[nodiscard]] Result<DamagePlan> parse_damage(std::string_view text);

}  // namespace latimer::damaged
