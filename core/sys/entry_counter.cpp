#include "core/sys/entry_counter.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <charconv>

#include "core/sys/proc.h"

namespace latimer {
namespace {

// tracefs, where it is mounted now and where it used to be.
std::optional<std::uint64_t> id_of_sys_enter() {
  for (const char* file : {"/sys/kernel/tracing/events/raw_syscalls/sys_enter/id",
                           "/sys/kernel/debug/tracing/events/raw_syscalls/sys_enter/id"}) {
    const auto text = read_setting(file);
    std::uint64_t id = 0;
    if (text && std::from_chars(text->data(), text->data() + text->size(), id).ec == std::errc{}) return id;
  }
  return std::nullopt;
}

}  // namespace

std::optional<EntryCounter> EntryCounter::open(std::int32_t pid, const std::string& filter) {
  const std::optional<std::uint64_t> id = id_of_sys_enter();
  if (!id) return std::nullopt;
  perf_event_attr attr{};
  attr.size = sizeof attr;
  attr.type = PERF_TYPE_TRACEPOINT;
  attr.config = *id;
  attr.disabled = 1;
  attr.enable_on_exec = 1;
  attr.inherit = 1;
  EntryCounter counter;
  counter.event_.reset(
      static_cast<int>(::syscall(SYS_perf_event_open, &attr, pid, -1, -1, PERF_FLAG_FD_CLOEXEC)));
  if (!counter.event_ || ::ioctl(counter.event_.get(), PERF_EVENT_IOC_SET_FILTER, filter.c_str()) != 0)
    return std::nullopt;
  return counter;
}

std::uint64_t EntryCounter::read() const {
  std::uint64_t count = 0;
  return ::read(event_.get(), &count, sizeof count) == sizeof count ? count : 0;
}

}  // namespace latimer
