#include "backends/ebpf/ebpf_backend.h"

#include "backends/ebpf/probe.h"
#include "backends/ebpf/source.h"

namespace latimer {
namespace {

class EbpfBackend : public Backend {
 public:
  EbpfBackend() {
    descriptor_.name = "ebpf";
    descriptor_.summary = "Latimer's own BPF programs: counts and histograms made in the kernel";
    descriptor_.sees =
        "every call of both ABIs, refused ones, and calls that began before it came; not what io_uring does "
        "by itself";
    descriptor_.costs =
        "20 ns (count) to 100 ns per watched call, and about 20 ns for every other call on the host while it "
        "is attached";
    descriptor_.privileges = "CAP_BPF and CAP_PERFMON, or root; Linux 5.13 or newer with BTF";
    descriptor_.clock = ClockDomain::monotonic;
    descriptor_.can_select_host = true;
    descriptor_.can_aggregate = true;
    descriptor_.has_ring = true;
    descriptor_.groups = {GroupBy::process, GroupBy::thread, GroupBy::comm, GroupBy::cgroup};
  }

  [[nodiscard]] const BackendDescriptor& descriptor() const override { return descriptor_; }

  ProbeReport probe(bool thorough) override { return ebpf::probe(*this, thorough); }

  Result<std::unique_ptr<EventSource>> open(const CaptureRequest& request) override {
    if (Status able = ebpf::check_kernel(); !able) return std::move(able).error();
    return ebpf::Source::open(request);
  }

 private:
  BackendDescriptor descriptor_;
};

}  // namespace

std::unique_ptr<Backend> make_ebpf_backend() { return std::make_unique<EbpfBackend>(); }

}  // namespace latimer
