#include "backends/ebpf/preemption.h"

#include <bpf/libbpf.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "backends/ebpf/bpf/shared.h"
#include "backends/ebpf/kernel_version.h"
#include "backends/ebpf/load_error.h"
#include "core/sys/host_info.h"
#include "latimer_preemption.skel.h"

namespace latimer::ebpf {
namespace {

// LAT_PREEMPTION_*, or 0 when the kernel did not tell.
lat_u32 look(latimer_preemption& skeleton) {
  if (latimer_preemption__load(&skeleton) != 0) return 0;
  bpf_link* link = bpf_program__attach(skeleton.progs.look_at_preemption);
  if (link == nullptr) return 0;
  syscall(SYS_getppid);
  const lat_u32 seen = skeleton.bss->preemption_seen;
  bpf_link__destroy(link);
  return seen;
}

bool ask() {
  // 6.18 still holds preemption off around programs of tracepoints, 7.2 does not.
  const KernelVersion kernel = kernel_version(read_host_info().kernel);
  if (kernel <= KernelVersion{6, 18}) return false;
  const LibbpfLog quiet;
  latimer_preemption* skeleton = latimer_preemption__open();
  if (skeleton == nullptr) return false;
  const lat_u32 seen = look(*skeleton);
  latimer_preemption__destroy(skeleton);
  return seen == 0 ? kernel.major >= 7 : seen == LAT_PREEMPTION_ON;
}

}  // namespace

bool tracepoints_are_preemptible() {
  static const bool answer = ask();
  return answer;
}

bool classic_tracepoints_usable() {
  return access("/sys/kernel/tracing/events/raw_syscalls/sys_enter/id", R_OK) == 0 ||
         access("/sys/kernel/debug/tracing/events/raw_syscalls/sys_enter/id", R_OK) == 0;
}

}  // namespace latimer::ebpf
