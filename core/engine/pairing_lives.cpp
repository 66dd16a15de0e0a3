// Births and deaths of tasks.
#include "core/engine/pairing.h"

namespace latimer {

void Pairing::tell_births() {
  constexpr std::uint64_t kSharesAll = 0x600;  // CLONE_FILES | CLONE_FS
  for (const Birth& birth : tasks_.take_births()) {
    SyscallEvent& event = events_.emplace_back();
    event.kind = EventKind::forked;
    event.clock = options_.clock;
    event.tid = birth.tid;
    event.tgid = birth.thread ? birth.parent : birth.tid;
    event.has_args = true;
    event.args[0] = static_cast<std::uint64_t>(birth.parent);
    event.args[1] = birth.thread ? kSharesAll : 0;
  }
}

void Pairing::ended(Task& task) {
  cut_short_.erase(task.tid);
  if (task.in_call) died_inside(task, task.pending);
  if (options_.births) {
    SyscallEvent& event = events_.emplace_back();
    event.kind = EventKind::ended;
    event.clock = options_.clock;
    event.tid = task.tid;
    event.tgid = task.process->tgid;
  }
  tasks_.end(task.tid);
}

void Pairing::superseded(Task& leader, std::int32_t by) {
  cut_short_.erase(leader.tid);
  if (leader.in_call) died_inside(leader, leader.pending);
  leader.in_call = false;
  tasks_.supersede(leader, by);
}

}  // namespace latimer
