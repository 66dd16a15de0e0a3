// SameAddresses: while it lives, programs that this process starts have the same addresses in every run
// (ADDR_NO_RANDOMIZE, personality(2)). A randomised address space changes how often malloc asks for memory,
// whatever traces. Where it is not permitted nothing changes.
#pragma once

namespace latimer {

class SameAddresses {
 public:
  SameAddresses();
  ~SameAddresses();
  SameAddresses(const SameAddresses&) = delete;
  SameAddresses& operator=(const SameAddresses&) = delete;

 private:
  int before_;  // -1: unknown
};

}  // namespace latimer
