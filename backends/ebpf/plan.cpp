#include "backends/ebpf/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstddef>

#include "core/model/syscall_table.h"
#include "core/sys/clock_anchor.h"

namespace latimer::ebpf {
namespace {

static_assert(offsetof(lat_row, buckets) == LAT_ROW_HEADER);
static_assert(sizeof(lat_event) == 128 && sizeof(lat_counters) == 128, "whole cache lines");

// Rows are nearly all of the memory; the rest of the limit is for the small tables beside them.
constexpr double kShareOfRows = 0.8;
constexpr std::uint32_t kSlotsByCall =
    256;  // different calls seen in one capture; a busy host makes about 100
constexpr std::uint32_t kSlotsBySubject = 8192;
constexpr std::uint64_t kDefaultLimit = 64ULL << 20;
constexpr std::uint32_t kFewestSlots = 160;  // before CPUs begin to share rows
constexpr std::uint64_t kRingBytesPerCpu = 16ULL << 20;
constexpr std::uint64_t kRingBytesInAll = 256ULL << 20;
constexpr std::uint32_t kFewestRingEvents = 16;
static_assert(sizeof(lat_piece) == 4);
// 7,000 threads of one process may be killed inside calls at once.
constexpr std::uint32_t kLastEventBytes = 1 << 20;

lat_u8 target_kind(const Target& target) {
  if (std::holds_alternative<CommTarget>(target)) return LAT_TARGET_COMM;
  if (std::holds_alternative<CgroupTarget>(target)) return LAT_TARGET_CGROUP;
  if (std::holds_alternative<HostTarget>(target)) return LAT_TARGET_HOST;
  return LAT_TARGET_MARKED;
}

bool follows(const Target& target) {
  if (const auto* command = std::get_if<CommandTarget>(&target)) return command->follow;
  if (const auto* pids = std::get_if<PidTarget>(&target)) return pids->follow;
  return true;
}

void flag(Plan& plan, Abi abi, std::string_view name, lat_u8 flags) {
  const std::optional<int> number = syscall_number(abi, name);
  if (!number || *number >= LAT_DIRECT_NUMBERS) return;
  plan.call_flags[static_cast<std::size_t>(abi) * LAT_DIRECT_NUMBERS + static_cast<std::size_t>(*number)] |=
      flags;
}

void choose_calls(Plan& plan, const SyscallFilter& filter) {
  for (const Abi abi : {Abi::x86_64, Abi::i386}) {
    for (int number = 0; number < LAT_DIRECT_NUMBERS; ++number) {
      const std::size_t index =
          static_cast<std::size_t>(abi) * LAT_DIRECT_NUMBERS + static_cast<std::size_t>(number);
      if (filter.selects(abi, number)) plan.call_flags[index] |= LAT_CALL_SELECTED;
    }
    // An observed execveat may come back as execve, in either ABI: the exits of both have to be looked at.
    for (const std::string_view name : {"execve", "execveat"})
      flag(plan, abi, name, LAT_CALL_EXEC | LAT_CALL_LOOK_EXIT);
    for (const std::string_view name : {"rt_sigreturn", "sigreturn"})
      flag(plan, abi, name, LAT_CALL_SIGRETURN);
    for (const std::string_view name : {"fork", "vfork", "clone", "clone3"})
      flag(plan, abi, name, LAT_CALL_FORK);
    for (const std::string_view name : {"exit", "exit_group"}) flag(plan, abi, name, LAT_CALL_NO_RETURN);
    flag(plan, abi, "restart_syscall", LAT_CALL_RESTART);
  }
  plan.other_calls_selected = filter.selects_unknown_numbers();
  plan.config.filter = filter.selects_all() ? 0 : 1;
}

// A row per CPU as long as that leaves slots enough; then CPUs share rows, and update them atomically.
Status size_rows(Plan& plan, std::uint64_t limit) {
  lat_config& config = plan.config;
  const bool by_subject = config.by != LAT_BY_NONE;
  config.sub_bits = by_subject ? LAT_SUB_BITS_COARSE : LAT_SUB_BITS_FINE;
  config.buckets = config.timing ? LAT_BUCKETS(config.sub_bits) : 0;
  constexpr std::uint32_t kLine = 64;
  plan.row_bytes = LAT_ROW_HEADER + config.buckets * static_cast<std::uint32_t>(sizeof(lat_u64));
  plan.row_bytes = (plan.row_bytes + kLine - 1) / kLine * kLine;
  // Whoever allows more than the default has more subjects to tell apart.
  const std::uint64_t more = std::max<std::uint64_t>(1, limit / kDefaultLimit);
  const std::uint64_t wanted = by_subject ? kSlotsBySubject * more : kSlotsByCall;
  const auto rows = static_cast<std::uint64_t>(static_cast<double>(limit) * kShareOfRows) / plan.row_bytes;
  config.stripes = plan.cpus;
  config.atomic = 0;
  const std::uint64_t enough = by_subject ? kSlotsBySubject / 2 : kFewestSlots;
  if (rows / config.stripes < enough && plan.cpus > 2) {
    const std::uint64_t fits = std::max<std::uint64_t>(1, rows / enough);
    config.stripes = std::bit_floor(static_cast<std::uint32_t>(std::min<std::uint64_t>(fits, plan.cpus)));
    config.atomic = 1;
  }
  config.stripe_mask = config.atomic ? config.stripes - 1 : ~0U;
  plan.slots = static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, rows / config.stripes));
  if (plan.slots >= 2) return {};
  const std::uint64_t least =
      static_cast<std::uint64_t>(2.0 * config.stripes * plan.row_bytes / kShareOfRows) + 4096;
  return Error{Errc::usage, fmt::format("{} bytes of tables are too few to observe anything", limit),
               fmt::format("give --map-memory {}K or more (default 64M)", least / 1024)};
}

void size_rings(Plan& plan, std::uint64_t asked) {
  const std::uint64_t per_cpu =
      asked != 0 ? asked / plan.cpus
                 : std::clamp<std::uint64_t>(kRingBytesInAll / plan.cpus, 1 << 20, kRingBytesPerCpu);
  const std::uint64_t events = std::max<std::uint64_t>(kFewestRingEvents, per_cpu / sizeof(lat_event));
  plan.config.ring_events =
      std::bit_floor(static_cast<std::uint32_t>(std::min<std::uint64_t>(events, 1U << 22)));
  plan.config.wake_mask = std::max(plan.config.ring_events / 8, 1U) - 1;
  plan.last_event_bytes = asked != 0 && asked < kLastEventBytes ? 64 << 10 : kLastEventBytes;
}

}  // namespace

Result<Plan> make_plan(const CaptureRequest& request, std::uint32_t cpus, PidNamespace own) {
  Plan plan;
  lat_config& config = plan.config;
  plan.cpus = cpus;
  config.target = target_kind(request.target);
  config.by = static_cast<lat_u8>(request.by);
  config.stream = request.mode == CaptureMode::stream ? 1 : 0;
  config.timing = request.timing || config.stream ? 1 : 0;
  config.follow = follows(request.target) ? 1 : 0;
  config.shared_counters = cpus > LAT_COUNTER_CPUS ? 1 : 0;
  config.ns_level = own.level;
  config.ns_inum = own.inum;
  config.attach_ns = static_cast<lat_u64>(monotonic_ns());
  choose_calls(plan, request.filter);
  if (config.stream) {
    // Subjects are told apart in user space, from the events.
    if (config.by != LAT_BY_CGROUP) config.by = LAT_BY_NONE;
    size_rings(plan, request.ring_bytes);
    config.details = request.details ? 1 : 0;
    if (request.details) plan.call_memory = choose_call_memory();
    config.sub_bits = LAT_SUB_BITS_FINE;
    config.buckets = 0;
    config.stripes = 1;
    plan.row_bytes = LAT_ROW_HEADER;
    return plan;
  }
  if (Status sized = size_rows(plan, request.map_bytes); !sized) return std::move(sized).error();
  plan.entities = config.by == LAT_BY_NONE ? 1 : std::max(plan.slots / 2, 16U);
  plan.error_keys = config.by == LAT_BY_NONE ? 1024 : std::max(plan.slots, 64U);
  plan.plain = config.target == LAT_TARGET_MARKED && config.by == LAT_BY_NONE && !config.filter &&
               !config.atomic && !config.shared_counters;
  return plan;
}

}  // namespace latimer::ebpf
