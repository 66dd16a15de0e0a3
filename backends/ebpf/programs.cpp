#include "backends/ebpf/programs.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/membarrier.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <cstring>

#include "backends/ebpf/load_error.h"
#include "core/sys/fd_util.h"
#include "core/sys/unique_fd.h"
#include "latimer_bpf.skel.h"

namespace latimer::ebpf {
namespace {

constexpr int kMarkAttempts = 10;

// Inode of the initial pid namespace (include/linux/proc_ns.h, PROC_PID_INIT_INO).
constexpr ino_t kInitialPidNamespace = 0xEFFFFFFC;
// Where membarrier() is not to be had (nohz_full, seccomp): ten ticks of the slowest kernel clock.
constexpr useconds_t kGraceMicroseconds = 100'000;

void resize(bpf_map* map, std::uint32_t entries) { bpf_map__set_max_entries(map, std::max(entries, 1U)); }

struct CallPrograms {
  bpf_program* enter = nullptr;  // none: only exits are counted
  bpf_program* exit = nullptr;
};

CallPrograms choose(const latimer_bpf& skeleton, const Plan& plan) {
  const auto& all = skeleton.progs;
  if (plan.config.timing == 0)
    return {nullptr, plan.steady ? all.on_return_steady : plan.plain ? all.on_return_plain : all.on_return};
  if (plan.steady) return {all.on_sys_enter_steady, all.on_sys_exit_steady};
  if (plan.plain) return {all.on_sys_enter_plain, all.on_sys_exit_plain};
  return {all.on_sys_enter, all.on_sys_exit};
}

void configure(latimer_bpf& skeleton, const Plan& plan) {
  const lat_config& config = plan.config;
  skeleton.rodata->config = config;
  std::copy(plan.call_flags.begin(), plan.call_flags.end(), skeleton.rodata->call_flags);
  std::copy(plan.call_memory.begin(), plan.call_memory.end(), skeleton.rodata->call_memory);
  skeleton.rodata->other_calls_selected = plan.other_calls_selected ? 1 : 0;
  for (unsigned i = 0; i < std::size(skeleton.bss->hot.bucket_of_byte); ++i)
    skeleton.bss->hot.bucket_of_byte[i] = static_cast<lat_u8>(lat_bucket(i, LAT_SUB_BITS_FINE));
  auto& maps = skeleton.maps;
  resize(maps.stats, plan.slots * config.stripes);
  bpf_map__set_value_size(maps.stats, plan.row_bytes);
  resize(maps.slots, plan.slots);
  resize(maps.free_slots, plan.slots);
  resize(maps.slot_by_key, plan.slots);
  resize(maps.errors, plan.error_keys);
  resize(maps.entities, plan.entities);
  resize(maps.free_entities, plan.entities);
  resize(maps.entity_by_comm, config.by == LAT_BY_COMM ? plan.entities : 1);
  resize(maps.entity_by_cgroup, config.by == LAT_BY_CGROUP ? plan.entities : 1);
  resize(maps.comm_dfa, config.target == LAT_TARGET_COMM ? LAT_DFA_STATES : 1);
  resize(maps.rings, config.stream ? plan.cpus : 1);
  resize(maps.events, config.stream ? plan.cpus * config.ring_events : 1);
  resize(maps.last_events, plan.last_event_bytes);
  auto& programs = skeleton.progs;
  const bool renames = config.target == LAT_TARGET_COMM || config.by == LAT_BY_COMM;
  // Of the programs at both ends of a call, those that were chosen; the rest serves other captures.
  for (bpf_program* program :
       {programs.on_sys_enter, programs.on_sys_exit, programs.on_sys_enter_plain, programs.on_sys_exit_plain,
        programs.on_sys_enter_steady, programs.on_sys_exit_steady, programs.on_return,
        programs.on_return_steady, programs.on_return_plain}) {
    bpf_program__set_autoload(program, false);
  }
  const CallPrograms chosen = choose(skeleton, plan);
  if (chosen.enter != nullptr) bpf_program__set_autoload(chosen.enter, true);
  bpf_program__set_autoload(chosen.exit, true);
  bpf_program__set_autoload(programs.on_rename, renames);
  bpf_program__set_autoload(programs.on_exit, !plan.steady);
  bpf_program__set_autoload(programs.on_exit_steady, plan.steady);
}

void destroy(std::vector<bpf_link*>& links) {
  for (bpf_link* link : links) bpf_link__destroy(link);
  links.clear();
}

bool info_of(const bpf_program* program, bpf_prog_info& info) {
  const int fd = bpf_program__fd(program);
  std::uint32_t size = sizeof(info);
  std::memset(&info, 0, sizeof(info));
  return fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0;
}

}  // namespace

Result<std::unique_ptr<Programs>> Programs::load(const Plan& plan) {
  LibbpfLog log;
  latimer_bpf* skeleton = latimer_bpf__open();
  if (skeleton == nullptr) return load_error(errno, log.text());
  std::unique_ptr<Programs> programs(new Programs(skeleton));
  const CallPrograms chosen = choose(*skeleton, plan);
  programs->enter_ = chosen.enter;
  programs->exit_ = chosen.exit;
  configure(*skeleton, plan);
  if (const int result = latimer_bpf__load(skeleton); result != 0) return load_error(-result, log.text());
  if (Status mapped = programs->map_memory(plan); !mapped) return std::move(mapped).error();
  if (Status filled = programs->fill_queues(plan); !filled) return std::move(filled).error();
  return programs;
}

Programs::~Programs() {
  detach_all();
  latimer_bpf__destroy(skeleton_);
}

Status Programs::map_memory(const Plan& plan) {
  const auto& maps = skeleton_->maps;
  const lat_config& config = plan.config;
  const std::size_t events = config.stream ? std::size_t{plan.cpus} * config.ring_events : 1;
  const bool mapped =
      rows_.open(bpf_map__fd(maps.stats), std::size_t{plan.slots} * config.stripes * plan.row_bytes) &&
      slots_.open(bpf_map__fd(maps.slots), plan.slots * sizeof(lat_slot)) &&
      entities_.open(bpf_map__fd(maps.entities), plan.entities * sizeof(lat_entity)) &&
      rings_.open(bpf_map__fd(maps.rings), (config.stream ? plan.cpus : 1) * sizeof(lat_ring)) &&
      events_.open(bpf_map__fd(maps.events), events * sizeof(lat_event));
  if (mapped) return {};
  return Error{Errc::unavailable, fmt::format("cannot map the kernel's tables: {}", errno_text(errno)), ""};
}

Status Programs::fill_queues(const Plan& plan) {
  const auto push = [](int fd, std::uint32_t value) {
    return bpf_map_update_elem(fd, nullptr, &value, 0) == 0;
  };
  bool ok = true;
  for (std::uint32_t slot = 1; slot < plan.slots; ++slot)
    ok = ok && push(map_fd(Map::free_slots), slot * plan.config.stripes);
  for (std::uint32_t i = 1; i < plan.entities; ++i) ok = ok && push(map_fd(Map::free_entities), i);
  if (ok) return {};
  return Error{Errc::unavailable, fmt::format("cannot fill the kernel's tables: {}", errno_text(errno)), ""};
}

Status Programs::attach(bpf_program* program, std::vector<bpf_link*>& links) {
  LibbpfLog log;
  bpf_link* link = bpf_program__attach(program);
  if (link == nullptr) {
    Error error = load_error(errno, log.text());
    error.message = fmt::format("cannot attach {}: {}", bpf_program__name(program), error.message);
    return error;
  }
  links.push_back(link);
  return {};
}

Status Programs::attach_hooks() {
  auto& programs = skeleton_->progs;
  for (bpf_program* program :
       {programs.on_fork, programs.on_exec, programs.on_rename, programs.on_exit, programs.on_exit_steady}) {
    if (!bpf_program__autoload(program)) continue;
    if (Status attached = attach(program, hooks_); !attached) return attached;
  }
  return {};
}

Status Programs::attach_calls() {
  if (Status attached = attach(exit_, exit_links_); !attached) return attached;
  return enter_ != nullptr ? attach(enter_, enter_links_) : Status{};
}

void Programs::detach_enter() { destroy(enter_links_); }

void Programs::detach_exit() {
  destroy(exit_links_);
  // A CPU that was in the middle of the program when it was detached is still in it. Programs run with
  // preemption or at least RCU's grace periods held off, so once all CPUs have passed through the scheduler
  // none is.
  if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) != 0) usleep(kGraceMicroseconds);
}

void Programs::detach_all() {
  destroy(enter_links_);
  destroy(exit_links_);
  destroy(hooks_);
  if (walk_link_ != nullptr) bpf_link__destroy(walk_link_);
  walk_link_ = nullptr;
}

Result<std::vector<lat_walk_record>> Programs::walk(lat_walk_mode mode) {
  state().walk_mode = mode;
  if (walk_link_ == nullptr) {
    LibbpfLog log;
    walk_link_ = bpf_program__attach_iter(skeleton_->progs.walk, nullptr);
    if (walk_link_ == nullptr) return load_error(errno, log.text());
  }
  UniqueFd iterator(bpf_iter_create(bpf_link__fd(walk_link_)));
  if (!iterator)
    return Error{Errc::unavailable, fmt::format("cannot walk over the tasks: {}", errno_text(errno)), ""};
  std::vector<lat_walk_record> records;
  std::vector<char> pending;
  char buffer[64 * sizeof(lat_walk_record)];
  for (;;) {
    const ssize_t got = read(iterator.get(), buffer, sizeof(buffer));
    if (got == 0) return records;
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0)
      return Error{Errc::io, fmt::format("walking over the tasks failed: {}", errno_text(errno)), ""};
    pending.insert(pending.end(), buffer, buffer + got);
    const std::size_t whole = pending.size() / sizeof(lat_walk_record);
    const std::size_t before = records.size();
    records.resize(before + whole);
    std::memcpy(records.data() + before, pending.data(), whole * sizeof(lat_walk_record));
    pending.erase(pending.begin(),
                  pending.begin() + static_cast<std::ptrdiff_t>(whole * sizeof(lat_walk_record)));
  }
}

bool Programs::is_marked(int pidfd) {
  lat_task task{};
  return bpf_map__lookup_elem(skeleton_->maps.tasks, &pidfd, sizeof(pidfd), &task, sizeof(task), 0) == 0 &&
         (task.flags & (LAT_TARGET | LAT_SEED)) != 0;
}

Status Programs::flag_task(int pidfd, std::uint32_t flags) {
  lat_task task{};
  task.flags = flags;
  // EAGAIN: another tracer gave the task its first storage at this moment (kernel/bpf/bpf_local_storage.c).
  // Now it has one.
  for (int attempt = 0; attempt < kMarkAttempts; ++attempt) {
    if (bpf_map__update_elem(skeleton_->maps.tasks, &pidfd, sizeof(pidfd), &task, sizeof(task),
                             BPF_NOEXIST) == 0)
      return {};
    if (errno != EAGAIN) break;
  }
  if (errno == ESRCH || errno == ENOENT) return Error{Errc::target_gone, "the process has ended", ""};
  return Error{Errc::unavailable, fmt::format("cannot mark the process: {}", errno_text(errno)), ""};
}

lat_state& Programs::state() const { return skeleton_->bss->hot.state; }

const lat_counters* Programs::counters() const { return skeleton_->bss->hot.counters; }

int Programs::map_fd(Map map) const {
  const auto& maps = skeleton_->maps;
  switch (map) {
    case Map::errors:
      return bpf_map__fd(maps.errors);
    case Map::slot_by_key:
      return bpf_map__fd(maps.slot_by_key);
    case Map::free_slots:
      return bpf_map__fd(maps.free_slots);
    case Map::free_entities:
      return bpf_map__fd(maps.free_entities);
    case Map::entity_by_comm:
      return bpf_map__fd(maps.entity_by_comm);
    case Map::entity_by_cgroup:
      return bpf_map__fd(maps.entity_by_cgroup);
    case Map::target_cgroup:
      return bpf_map__fd(maps.target_cgroup);
    case Map::comm_dfa:
      return bpf_map__fd(maps.comm_dfa);
    case Map::last_events:
      return bpf_map__fd(maps.last_events);
    case Map::notices:
      return bpf_map__fd(maps.notices);
  }
  return -1;
}

std::uint64_t Programs::recursion_misses() const {
  std::uint64_t misses = 0;
  const auto& programs = skeleton_->progs;
  for (const bpf_program* program :
       {static_cast<const bpf_program*>(enter_), static_cast<const bpf_program*>(exit_),
        static_cast<const bpf_program*>(programs.on_exit)}) {
    bpf_prog_info info;
    if (program != nullptr && info_of(program, info)) misses += info.recursion_misses;
  }
  return misses;
}

ProgramRuns Programs::runs() const {
  ProgramRuns runs;
  bpf_prog_info info;
  if (enter_ != nullptr && info_of(enter_, info)) {
    runs.enter_count = info.run_cnt;
    runs.enter_ns = info.run_time_ns;
  }
  if (info_of(exit_, info)) {
    runs.exit_count = info.run_cnt;
    runs.exit_ns = info.run_time_ns;
  }
  return runs;
}

std::uint64_t Programs::kernel_bytes() const {
  std::uint64_t bytes = 0;
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, skeleton_->obj) {
    const Result<std::string> info = read_file(fmt::format("/proc/self/fdinfo/{}", bpf_map__fd(map)));
    if (!info.ok()) continue;
    const std::size_t at = info.value().find("memlock:");
    if (at != std::string::npos) bytes += std::strtoull(info.value().c_str() + at + 8, nullptr, 10);
  }
  return bytes;
}

Result<PidNamespace> own_pid_namespace() {
  struct stat own {};
  if (stat("/proc/self/ns/pid", &own) != 0)
    return Error{Errc::unavailable, fmt::format("/proc/self/ns/pid: {}", errno_text(errno)), "mount /proc"};
  const auto inum = static_cast<std::uint32_t>(own.st_ino);
  if (own.st_ino == kInitialPidNamespace) return PidNamespace{0, inum};
  // A capture that marks nobody, only to let the walk look at its reader.
  Result<Plan> plan = make_plan(CaptureRequest{.target = PidTarget{}, .filter = {}}, 1, {});
  if (!plan) return std::move(plan).error();
  Result<std::unique_ptr<Programs>> programs = Programs::load(*plan);
  if (!programs) return std::move(programs).error();
  if (auto walked = (*programs)->walk(LAT_WALK_MARK); !walked) return std::move(walked).error();
  return PidNamespace{(*programs)->state().reader_ns_level, inum};
}

}  // namespace latimer::ebpf
