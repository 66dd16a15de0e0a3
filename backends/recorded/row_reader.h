// RowReader: the rows of a trace file as events.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "backends/recorded/row.h"
#include "core/engine/foreign_names.h"
#include "core/model/syscall_event.h"

namespace latimer::recorded {

// The row is "#begin", "#end" or another word with '#', and this its JSON.
struct MetaRow {
  std::string_view what;
  std::string json;
};

struct BadRow {
  std::string reason;
  std::size_t column = 0;  // byte
};

// Not thread-safe. Memory: names that were seen, and what clear() lets go.
class RowReader {
 public:
  void set_columns(const Columns& columns) { columns_ = columns; }

  // `line`: without its end; the event's views point into it, or to what clear() lets go.
  std::variant<SyscallEvent, MetaRow, BadRow> read(std::string_view line);
  void clear() { texts_.clear(); }

  [[nodiscard]] const ForeignNameTable& names() const { return names_; }

 private:
  struct Call {
    Abi abi = Abi::x86_64;
    std::int32_t number = -1;
  };
  [[nodiscard]] const char* read_call(SyscallEvent& event);
  [[nodiscard]] const char* read_error(SyscallEvent& event);
  [[nodiscard]] const char* read_numbers(SyscallEvent& event) const;
  [[nodiscard]] const char* read_texts(SyscallEvent& event);
  [[nodiscard]] const char* read_flags(SyscallEvent& event) const;
  [[nodiscard]] bool text_of(TraceColumn column, std::string_view& text);
  Call look_up(std::string_view abi, std::string_view number, std::string_view name);

  Columns columns_;
  Fields fields_;
  ForeignNameTable names_;
  std::unordered_map<std::string, Call> calls_;  // by abi and name as they stand
  std::unordered_map<std::string, std::int32_t> errors_;
  std::string scratch_, key_;
  std::deque<std::string> texts_;
};

}  // namespace latimer::recorded
