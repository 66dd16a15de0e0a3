// Translator: strace's records -> what Pairing understands. Knows strace's ways: which ABI a name belongs to,
// what clone prints, where the launched command begins.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backends/strace/line.h"
#include "core/engine/pairing.h"
#include "core/engine/syscall_filter.h"
#include "core/model/ledger.h"
#include "core/sys/line_buffer.h"

namespace latimer::strace {

struct TranslatorOptions {
  Layout layout;
  SyscallFilter filter;
  PairingOptions pairing;
  // A command held by our own launcher: its calls count from its first execve on.
  std::optional<std::int32_t> held_pid;
};

class Translator {
 public:
  Translator(TranslatorOptions options, TaskOracle* oracle);

  // `line.text` must stay where it is until the batch is done with. `flags`: EventFlag for what this line
  // yields.
  void line(const Line& line, std::uint8_t flags);

  // Calls in flight at `now_ns` (CLOCK_REALTIME); `open_line`: the beginning of a line that has no end yet.
  [[nodiscard]] std::vector<InFlight> in_flight(std::int64_t now_ns, std::string_view open_line);

  [[nodiscard]] Pairing& pairing() { return pairing_; }
  [[nodiscard]] const LineLedger& lines() const { return lines_; }

 private:
  struct CallName {
    Abi abi = Abi::x86_64;
    std::int32_t number = -1;
  };
  void record(const Record& record, std::uint8_t flags);
  void call_record(const Record& record, Task& task, std::uint8_t flags);
  [[nodiscard]] CallName name_call(const Record& record, Task& task) const;
  [[nodiscard]] CallEntry entry_of(const Record& record, const CallName& call, std::uint8_t flags) const;
  [[nodiscard]] CallExit exit_of(const Record& record, const CallName& call, std::uint8_t flags) const;
  bool still_held(const Record& record);
  void note_clone(const Record& record, const CallName& call, Task& task);
  void ignore(std::string_view kind);
  void reject(const Line& line, const Rejected& rejected);

  TranslatorOptions options_;
  Pairing pairing_;
  LineLedger lines_;
};

// The expression for `strace -e trace=` that prints what the filter selects, and what the translator needs to
// know about tasks besides.
[[nodiscard]] std::string trace_expression(const SyscallFilter& filter);

// A command name as -Y prints it, with its escapes undone.
[[nodiscard]] std::string unescape(std::string_view text);

}  // namespace latimer::strace
