#include "validation/measure/same_addresses.h"

#include <sys/personality.h>

namespace latimer {
namespace {

constexpr unsigned long kAsk = 0xffffffff;  // personality(2): tells, and changes nothing

}  // namespace

SameAddresses::SameAddresses() : before_(::personality(kAsk)) {
  if (before_ >= 0) (void)::personality(static_cast<unsigned long>(before_) | ADDR_NO_RANDOMIZE);
}

SameAddresses::~SameAddresses() {
  if (before_ >= 0) (void)::personality(static_cast<unsigned long>(before_));
}

}  // namespace latimer
