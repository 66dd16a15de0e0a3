// Reader: the kernel's tables as a Snapshot and a Ledger.
//
// Everything in the kernel is cumulative. What belonged to subjects that are gone is taken over into user
// space (reclaim()), so that the kernel's tables stay as big as what lives.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "backends/ebpf/cgroup_names.h"
#include "backends/ebpf/programs.h"
#include "core/model/ledger.h"
#include "core/stats/snapshot.h"

namespace latimer::ebpf {

class Reader {
 public:
  Reader(Programs& programs, const Plan& plan, GroupBy by) : programs_(programs), plan_(plan), by_(by) {}

  // Statistics so far; calls in flight are not in it.
  [[nodiscard]] Snapshot read();

  // Takes back the slots of subjects without living tasks when more than half of the slots or entities are in
  // use. Call it now and then.
  void reclaim();

  // The ledger's terms as the kernel counted them; `completed` counts what the rows held at the last read().
  // Calls in flight are the caller's to add.
  [[nodiscard]] Ledger ledger();

 private:
  using ErrorsBySlot = std::map<std::uint32_t, std::map<std::int32_t, std::uint64_t>>;
  [[nodiscard]] ErrorsBySlot read_errors() const;
  [[nodiscard]] SyscallStats read_slot(std::uint32_t place, const ErrorsBySlot& errors) const;
  [[nodiscard]] SyscallKey key_of(const lat_slot& slot);
  [[nodiscard]] Subject subject_of(std::uint32_t entity);
  void take_back(std::uint32_t entity, const std::vector<std::uint32_t>& places, const ErrorsBySlot& errors);
  void clear_slot(std::uint32_t place, const ErrorsBySlot& errors);
  void forget_key(const lat_entity& entity, std::uint32_t index);
  void fold_retired();

  Programs& programs_;
  const Plan& plan_;
  GroupBy by_;
  CgroupNames cgroups_;
  Snapshot retired_;             // of subjects that are gone
  std::uint64_t completed_ = 0;  // in the rows, at the last read()
};

}  // namespace latimer::ebpf
