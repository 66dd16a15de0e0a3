#include "backends/ebpf/reader.h"

#include <bpf/bpf.h>

#include <algorithm>
#include <cstring>

namespace latimer::ebpf {
namespace {

// So many keys of the dead are kept apart; beyond that they are one subject, "exited".
constexpr std::size_t kRetiredKeys = 20'000;

template <typename T>
T load(const T& value) {
  return __atomic_load_n(&value, __ATOMIC_RELAXED);
}

struct RowSums {
  std::uint64_t total = 0, max = 0, min_inverted = 0, untimed = 0, killed = 0, continuations = 0;
};

void add_row(RowSums& sums, std::vector<std::uint64_t>& buckets, const lat_row& row) {
  sums.total += load(row.total);
  sums.max = std::max<std::uint64_t>(sums.max, load(row.max));
  sums.min_inverted = std::max<std::uint64_t>(sums.min_inverted, load(row.min_inverted));
  sums.untimed += load(row.untimed);
  sums.killed += load(row.killed);
  sums.continuations += load(row.continuations);
  for (std::size_t i = 0; i < buckets.size(); ++i) buckets[i] += load(row.buckets[i]);
}

const lat_row& row_at(const Programs& programs, const Plan& plan, std::uint32_t place, std::uint32_t stripe) {
  const std::size_t index = std::size_t{place} * plan.config.stripes + stripe;
  return *reinterpret_cast<const lat_row*>(programs.rows().bytes() + index * plan.row_bytes);
}

std::string comm_of_entity(const lat_entity& entity) {
  return {entity.comm, strnlen(entity.comm, sizeof(entity.comm))};
}

}  // namespace

Reader::ErrorsBySlot Reader::read_errors() const {
  ErrorsBySlot errors;
  const int fd = programs_.map_fd(Programs::Map::errors);
  lat_errno_key key{};
  lat_errno_key next{};
  for (bool first = true; bpf_map_get_next_key(fd, first ? nullptr : &key, &next) == 0; first = false) {
    key = next;
    lat_u64 count = 0;
    if (bpf_map_lookup_elem(fd, &key, &count) == 0 && count != 0)
      errors[key.slot][static_cast<std::int32_t>(key.error)] += count;
  }
  return errors;
}

SyscallStats Reader::read_slot(std::uint32_t place, const ErrorsBySlot& errors) const {
  RowSums sums;
  std::vector<std::uint64_t> buckets(plan_.config.buckets);
  for (std::uint32_t stripe = 0; stripe < plan_.config.stripes; ++stripe)
    add_row(sums, buckets, row_at(programs_, plan_, place, stripe));
  SyscallStats stats(plan_.config.sub_bits);
  stats.latency = Histogram::from_raw(plan_.config.sub_bits, std::move(buckets), sums.total,
                                      sums.min_inverted == 0 ? 0 : ~sums.min_inverted, sums.max);
  stats.untimed = sums.untimed;
  stats.killed_inside = sums.killed;
  stats.killed_known = plan_.config.timing != 0;
  if (plan_.config.timing != 0) {
    stats.continuations = sums.continuations;
  } else {
    stats.continuations.reset();
  }
  if (const auto found = errors.find(place * plan_.config.stripes); found != errors.end())
    stats.errors = found->second;
  return stats;
}

Subject Reader::subject_of(std::uint32_t index) {
  Subject subject;
  subject.kind = by_;
  if (by_ == GroupBy::none) return subject;
  const lat_entity& entity = programs_.entities()[index];
  subject.name = comm_of_entity(entity);
  switch (by_) {
    case GroupBy::thread:
      subject.tid = entity.tid;
      [[fallthrough]];
    case GroupBy::process:
      subject.pid = entity.tgid;
      subject.epoch = entity.epoch;
      break;
    case GroupBy::cgroup:
      subject.id = entity.cgroup_id;
      subject.name = cgroups_.name_of(entity.cgroup_id);
      break;
    default:
      break;
  }
  return subject;
}

SyscallKey Reader::key_of(const lat_slot& slot) {
  return {slot.abi == 0 ? Abi::x86_64 : Abi::i386, slot.nr, subject_of(slot.entity)};
}

Snapshot Reader::read() {
  Snapshot snapshot = retired_;
  if (plan_.config.stream) return snapshot;
  const ErrorsBySlot errors = read_errors();
  for (std::uint32_t place = 1; place < plan_.slots; ++place) {
    const lat_slot& slot = programs_.slots()[place];
    if (load(slot.used) == 0) continue;
    const SyscallStats stats = read_slot(place, errors);
    const auto [at, is_new] = snapshot.stats.try_emplace(key_of(slot), stats);
    if (!is_new) at->second.merge(stats);
  }
  completed_ = 0;
  for (const auto& [key, stats] : snapshot.stats) {
    completed_ += plan_.config.timing != 0 ? stats.latency.count() : stats.untimed;
  }
  return snapshot;
}

void Reader::reclaim() {
  if (by_ == GroupBy::none || plan_.config.stream) return;
  const lat_state& state = programs_.state();
  if (load(state.slots_taken) < plan_.slots / 2 && load(state.entities_taken) < plan_.entities / 2) return;
  std::map<std::uint32_t, std::vector<std::uint32_t>> places_of_dead;
  for (std::uint32_t index = 1; index < plan_.entities; ++index) {
    lat_entity& entity = programs_.entities()[index];
    lat_u32 nobody = 0;
    if (load(entity.used) == 0 || load(entity.live) != 0) continue;
    if (__atomic_compare_exchange_n(&entity.live, &nobody, LAT_ENTITY_DEAD, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED)) {
      places_of_dead[index];
    }
  }
  if (places_of_dead.empty()) return;
  for (std::uint32_t place = 1; place < plan_.slots; ++place) {
    const lat_slot& slot = programs_.slots()[place];
    if (load(slot.used) == 0) continue;
    if (const auto found = places_of_dead.find(slot.entity); found != places_of_dead.end())
      found->second.push_back(place);
  }
  const ErrorsBySlot errors = read_errors();
  for (const auto& [entity, places] : places_of_dead) take_back(entity, places, errors);
  if (retired_.stats.size() > kRetiredKeys) fold_retired();
}

void Reader::take_back(std::uint32_t index, const std::vector<std::uint32_t>& places,
                       const ErrorsBySlot& errors) {
  for (const std::uint32_t place : places) {
    SyscallStats stats = read_slot(place, errors);
    const auto [at, is_new] = retired_.stats.try_emplace(key_of(programs_.slots()[place]), stats);
    if (!is_new) at->second.merge(stats);
    clear_slot(place, errors);
  }
  lat_entity& entity = programs_.entities()[index];
  forget_key(entity, index);
  __atomic_store_n(&entity.used, 0U, __ATOMIC_RELEASE);
  if (bpf_map_update_elem(programs_.map_fd(Programs::Map::free_entities), nullptr, &index, 0) == 0) {
    __atomic_fetch_sub(&programs_.state().entities_taken, 1U, __ATOMIC_RELAXED);
  }
}

void Reader::clear_slot(std::uint32_t place, const ErrorsBySlot& errors) {
  lat_slot& slot = programs_.slots()[place];
  const std::uint32_t name = place * plan_.config.stripes;
  const lat_slot_key key{slot.entity, slot.abi, slot.nr};
  bpf_map_delete_elem(programs_.map_fd(Programs::Map::slot_by_key), &key);
  if (const auto found = errors.find(name); found != errors.end()) {
    for (const auto& [number, count] : found->second) {
      const lat_errno_key error{name, static_cast<lat_u32>(number)};
      bpf_map_delete_elem(programs_.map_fd(Programs::Map::errors), &error);
    }
  }
  std::memset(programs_.rows().bytes() + std::size_t{name} * plan_.row_bytes, 0,
              std::size_t{plan_.config.stripes} * plan_.row_bytes);
  __atomic_store_n(&slot.used, 0U, __ATOMIC_RELEASE);
  if (bpf_map_update_elem(programs_.map_fd(Programs::Map::free_slots), nullptr, &name, 0) == 0) {
    __atomic_fetch_sub(&programs_.state().slots_taken, 1U, __ATOMIC_RELAXED);
  }
}

// The hash entry that led to the entity, unless it leads to a newer one already.
void Reader::forget_key(const lat_entity& entity, std::uint32_t index) {
  const bool by_comm = by_ == GroupBy::comm;
  if (!by_comm && by_ != GroupBy::cgroup) return;
  const int fd = programs_.map_fd(by_comm ? Programs::Map::entity_by_comm : Programs::Map::entity_by_cgroup);
  const void* key =
      by_comm ? static_cast<const void*>(entity.comm) : static_cast<const void*>(&entity.cgroup_id);
  lat_u32 leads_to = 0;
  if (bpf_map_lookup_elem(fd, key, &leads_to) == 0 && leads_to == index) bpf_map_delete_elem(fd, key);
}

void Reader::fold_retired() {
  Snapshot folded;
  for (const auto& [key, stats] : retired_.stats) {
    SyscallKey exited{key.abi, key.number, {}};
    exited.subject.kind = by_;
    exited.subject.exited = true;
    exited.subject.name = "(exited)";
    const auto [at, is_new] = folded.stats.try_emplace(exited, stats);
    if (!is_new) at->second.merge(stats);
  }
  retired_ = std::move(folded);
}

Ledger Reader::ledger() {
  lat_counters sum{};
  const std::uint32_t cpus = std::min<std::uint32_t>(plan_.cpus, LAT_COUNTER_CPUS);
  for (std::uint32_t cpu = 0; cpu < cpus; ++cpu) {
    const auto* from = reinterpret_cast<const lat_u64*>(&programs_.counters()[cpu]);
    auto* into = reinterpret_cast<lat_u64*>(&sum);
    for (std::size_t i = 0; i < sizeof(sum) / sizeof(lat_u64); ++i) into[i] += load(from[i]);
  }
  Ledger ledger;
  ledger.exits = sum.exits;
  ledger.child_returns = sum.child_returns;
  ledger.began_before_attach = sum.began_before;
  ledger.lost_enters = sum.lost_enters;
  if (plan_.config.timing != 0) {  // what only sys_enter can tell
    ledger.enters = sum.enters;
    ledger.refused = sum.refused;
    ledger.no_return = sum.no_return;
    ledger.lost_exits = sum.lost_exits_enter + sum.lost_exits_exit;
    ledger.add_loss(LossReason::mismatch, sum.mismatch);
  }
  ledger.add_loss(LossReason::storage, sum.storage);
  ledger.add_loss(LossReason::recursion, programs_.recursion_misses());
  if (plan_.config.stream) {
    ledger.add_loss(LossReason::ring_full, sum.ring_full);
    return ledger;
  }
  ledger.add_loss(LossReason::map_full, sum.map_full);
  ledger.add_loss(LossReason::errno_full, sum.errno_full);
  ledger.completed = completed_;
  return ledger;
}

}  // namespace latimer::ebpf
