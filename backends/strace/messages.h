// What strace says on its standard error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace latimer::strace {

struct Message {
  enum class Kind : std::uint8_t {
    attached,       // pid: all threads of a process, or a new task
    detached,       // pid
    attach_failed,  // pid, text: the system's reason ("Operation not permitted")
    compat_mode,    // pid: it makes 32-bit calls from now on (before strace 5.6; later versions say so in the
                    // trace)
    harmless,       // known, and no loss of anything
    other,          // text
  };
  Kind kind = Kind::other;
  std::int32_t pid = 0;
  std::string_view text;  // without "strace: "
};

[[nodiscard]] Message read_message(std::string_view line);

}  // namespace latimer::strace
