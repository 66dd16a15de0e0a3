#include "validation/workloads/truth.h"

#include <charconv>
#include <cstring>

#include "validation/workloads/scenario.h"

namespace latimer::workload {

void LineBuffer::text(std::string_view piece) {
  if (piece.size() > bytes_.size() - size_) {
    overflowed_ = true;
    return;
  }
  std::memcpy(bytes_.data() + size_, piece.data(), piece.size());
  size_ += piece.size();
}

void LineBuffer::number(std::uint64_t value) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  text({digits, static_cast<std::size_t>(end - digits)});
}

// The strings are this program's own literals: plain ASCII, so quotes and backslashes are all that needs
// escaping.
void LineBuffer::quoted(std::string_view piece) {
  text("\"");
  for (const char& c : piece) {
    if (c == '"' || c == '\\') text("\\");
    text({&c, 1});
  }
  text("\"");
}

void Truth::add(Entries& entries, std::string_view name, std::uint64_t value) {
  for (Entry& entry : entries) {
    if (entry.name.empty()) entry.name = name;
    if (entry.name == name) {
      entry.value += value;
      return;
    }
  }
  __builtin_trap();  // a scenario with more than kMaxEntries kinds of calls is a mistake in this program
}

void Truth::completed(std::string_view call, std::uint64_t count) { add(calls_, call, count); }

void Truth::failed(std::string_view call, std::string_view error, std::uint64_t count) {
  completed(call, count);
  for (Failure& failure : failures_) {
    if (failure.call.empty()) failure = {call, error, 0};
    if (failure.call == call && failure.error == error) {
      failure.count += count;
      return;
    }
  }
  __builtin_trap();
}

void Truth::print_calls(LineBuffer& out) const {
  out.text("\"truth\":{");
  const char* separator = "";
  for (const Entry& call : calls_) {
    if (call.name.empty()) break;
    out.text(separator);
    separator = ",";
    out.quoted(call.name);
    out.text(":{\"count\":");
    out.number(call.value);
    out.text(",\"errors\":{");
    const char* inner = "";
    for (const Failure& failure : failures_) {
      if (failure.call != call.name || failure.count == 0) continue;
      out.text(inner);
      inner = ",";
      out.quoted(failure.error);
      out.text(":");
      out.number(failure.count);
    }
    out.text("}}");
  }
  out.text("}");
}

void Truth::print_entries(LineBuffer& out, std::string_view title, const Entries& entries) {
  out.text(",");
  out.quoted(title);
  out.text(":{");
  const char* separator = "";
  for (const Entry& entry : entries) {
    if (entry.name.empty()) break;
    out.text(separator);
    separator = ",";
    out.quoted(entry.name);
    out.text(":");
    out.number(entry.value);
  }
  out.text("}");
}

bool Truth::print(std::string_view scenario) const {
  LineBuffer out;
  out.text("{\"scenario\":");
  out.quoted(scenario);
  out.text(",");
  print_calls(out);
  print_entries(out, "killed_inside", killed_);
  print_entries(out, "in_flight", in_flight_);
  print_entries(out, "refused", refused_);
  print_entries(out, "logical", logical_);
  print_entries(out, "at_least_ns", at_least_);
  print_entries(out, "took_ns", took_);
  print_entries(out, "bytes", bytes_);
  print_entries(out, "launch_adds", launch_);
  print_entries(out, "after_user_change", after_change_);
  print_entries(out, "measured", measured_);
  out.text(",\"child_returns\":");
  out.number(child_returns_);
  out.text(",\"pattern\":");
  out.quoted(pattern_);
  out.text(",\"notes\":");
  out.quoted(note_);
  out.text("}\n");
  if (out.overflowed()) return false;
  return say(out.view());
}

}  // namespace latimer::workload
