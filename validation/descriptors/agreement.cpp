#include "validation/descriptors/agreement.h"

#include <fmt/format.h>

#include <cstdlib>
#include <memory>

#include "core/engine/call_arguments.h"
#include "core/model/syscall_table.h"
#include "core/model/target_kind.h"
#include "core/model/text_escape.h"

namespace latimer::descriptors {
namespace {

constexpr std::size_t kMostShown = 20;

// The file itself, symbolic links followed; empty: it is not there (any more).
std::string real_path(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> found(::realpath(path.c_str(), nullptr), &std::free);
  return found ? found.get() : "";
}

bool has_kernels_number(const std::string& name) {
  return name.starts_with("pipe:[") || name.starts_with("socket:[");
}

}  // namespace

std::optional<OpenDescriptor> Agreement::Annotation::descriptor(std::int32_t, std::int32_t wanted) {
  if (wanted != fd || !name) return std::nullopt;
  asked = true;
  return OpenDescriptor{wanted, *name, false};
}

Agreement::Agreement() : tracker_({&annotation_, false}) {}

Outcome Agreement::judge(const std::string& told, const std::string& ours) {
  if (annotation_.asked) return Outcome::inherited;
  if (told == ours) return Outcome::same;
  if (has_kernels_number(told)) {
    const TargetKind wanted = told.starts_with("pipe") ? TargetKind::pipe : TargetKind::socket;
    if (kind_of_target(ours) != wanted) return Outcome::different;
    // A socket's name changes with its peers: what it is called here is no identity.
    if (wanted == TargetKind::socket) return Outcome::same_number;
    const auto [known, fresh] = by_number_.try_emplace(told, ours);
    return known->second == ours ? Outcome::same_number : Outcome::different;
  }
  const std::string real = real_path(ours);
  if (!real.empty() && real == real_path(told)) return Outcome::same_file;
  if (real_path(told).empty() || real.empty()) return Outcome::other_name;
  return Outcome::different;
}

void Agreement::add(SyscallEvent& event) {
  const CallArguments arguments(event);
  const CallSpec& spec = arguments.spec();
  annotation_.name.reset();
  annotation_.folder.reset();
  annotation_.fd.reset();
  annotation_.asked = false;
  // Where paths begin is not what is judged here.
  if (spec.descriptor >= 0 && arguments.text(spec.descriptor) == "AT_FDCWD")
    annotation_.folder = arguments.annotation(spec.descriptor);
  const bool by_descriptor = spec.descriptor >= 0 && spec.path < 0;
  if (spec.descriptor >= 0) {
    annotation_.name = arguments.annotation(spec.descriptor);
    const auto fd = arguments.integer(spec.descriptor);
    if (fd && *fd >= 0) annotation_.fd = static_cast<std::int32_t>(*fd);
  }
  tracker_.track(event);
  if (!by_descriptor || !annotation_.name || event.kind != EventKind::completed) return;
  std::string ours(event.path);
  // A symbolic link that is another one for everybody.
  if (ours.starts_with("/proc/self/") &&
      annotation_.name->starts_with(fmt::format("/proc/{}/", event.tgid.value_or(event.tid))))
    ours = fmt::format("/proc/{}/{}", event.tgid.value_or(event.tid), ours.substr(11));
  const Outcome outcome = judge(*annotation_.name, ours);
  ++counts_[outcome];
  if ((outcome == Outcome::different || outcome == Outcome::other_name) && differences_.size() < kMostShown)
    differences_.push_back(fmt::format("{} {}({}): strace says {}, the tracker {}", event.tid,
                                       syscall_name(event.abi, event.number), event.fd.value_or(-1),
                                       escape_bytes(*annotation_.name),
                                       ours.empty() ? "nothing" : escape_bytes(ours)));
}

}  // namespace latimer::descriptors
