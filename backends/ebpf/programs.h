// Programs: the BPF object of one capture, from opening to detaching.
//
// Order of attaching: fork, exec, rename and exit hooks, so that no task escapes that is born meanwhile; then
// the walk that marks the targets; then sys_exit; then sys_enter, so that every call that is entered under
// observation is also left under it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "backends/ebpf/mapping.h"
#include "backends/ebpf/plan.h"
#include "core/model/result.h"

struct latimer_bpf;
struct bpf_link;
struct bpf_map;
struct bpf_program;

namespace latimer::ebpf {

// Run counts of the two hot programs, while the kernel keeps them (BPF_ENABLE_STATS).
struct ProgramRuns {
  std::uint64_t enter_count = 0, enter_ns = 0;
  std::uint64_t exit_count = 0, exit_ns = 0;
};

class Programs {
 public:
  static Result<std::unique_ptr<Programs>> load(const Plan& plan);
  ~Programs();
  Programs(const Programs&) = delete;
  Programs& operator=(const Programs&) = delete;

  Status attach_hooks();
  Status attach_calls();  // sys_exit, then sys_enter
  void detach_enter();
  void detach_exit();  // returns when no sys_exit program runs any more
  void detach_all();

  // Runs the walk over all tasks in the given mode; the records it wrote.
  Result<std::vector<lat_walk_record>> walk(lat_walk_mode mode);

  // Sets the flags of the task behind a pidfd (a process's leader), before it is a target.
  Status flag_task(int pidfd, std::uint32_t flags);

  // Whether the leader of that process, whoever it is now, has a target's mark or the seed of one.
  [[nodiscard]] bool is_marked(int pidfd);

  [[nodiscard]] lat_state& state() const;
  [[nodiscard]] const lat_counters* counters() const;  // one per CPU, LAT_COUNTER_CPUS at most
  [[nodiscard]] const Mapping& rows() const { return rows_; }
  [[nodiscard]] const lat_slot* slots() const { return slots_.as<lat_slot>(); }
  [[nodiscard]] lat_slot* slots() { return slots_.as<lat_slot>(); }
  [[nodiscard]] lat_entity* entities() const { return entities_.as<lat_entity>(); }
  [[nodiscard]] lat_ring* rings() const { return rings_.as<lat_ring>(); }
  [[nodiscard]] const lat_event* events() const { return events_.as<lat_event>(); }

  enum class Map {
    errors,
    slot_by_key,
    free_slots,
    free_entities,
    entity_by_comm,
    entity_by_cgroup,
    target_cgroup,
    comm_dfa,
    last_events,
    notices
  };
  [[nodiscard]] int map_fd(Map map) const;

  // How often the kernel skipped a program at either end of a call, or at the end of a task, because one was
  // running on that CPU already. A birth that is skipped is made good for (bpf/steady.h).
  [[nodiscard]] std::uint64_t recursion_misses() const;
  [[nodiscard]] ProgramRuns runs() const;
  [[nodiscard]] std::uint64_t kernel_bytes() const;  // of all maps, as the kernel accounts them

 private:
  explicit Programs(latimer_bpf* skeleton) : skeleton_(skeleton) {}
  Status map_memory(const Plan& plan);
  Status fill_queues(const Plan& plan);
  Status attach(bpf_program* program, std::vector<bpf_link*>& links);

  latimer_bpf* skeleton_;
  bpf_program* enter_ = nullptr;  // none: only exits are counted
  bpf_program* exit_ = nullptr;
  std::vector<bpf_link*> hooks_;
  std::vector<bpf_link*> exit_links_;
  std::vector<bpf_link*> enter_links_;
  bpf_link* walk_link_ = nullptr;
  Mapping rows_, slots_, entities_, rings_, events_;
};

// Latimer's own. Asks the kernel by a walk when /proc cannot tell how deep it lies.
Result<PidNamespace> own_pid_namespace();

}  // namespace latimer::ebpf
