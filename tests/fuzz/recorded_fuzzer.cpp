// Any bytes as rows of a trace. Whatever they say: every line is accounted for, no duration is negative, it
// makes no difference whether calls are added up or told one by one, and what was read is written and read
// again as the same.
#include <cstdint>
#include <string>

#include "backends/recorded/row_reader.h"
#include "backends/recorded/trace_source.h"
#include "core/model/errno_table.h"
#include "core/model/syscall_table.h"
#include "core/record/trace_format.h"
#include "tests/fuzz/log_fuzzing.h"

using namespace latimer;
using namespace latimer::test;

namespace {

LogAnswer read(const std::string& text, CaptureMode mode) {
  return read_as(recorded::TraceSource::open, text, mode);
}

std::string written(const SyscallEvent& event, const ForeignNames& names) {
  std::string row;
  const auto call = names.calls.find(event.number);
  const auto error = names.errors.find(event.error);
  append_trace_row(row, event, 0,
                   call != names.calls.end() ? call->second : syscall_name(event.abi, event.number),
                   event.error == 0              ? ""
                   : error != names.errors.end() ? error->second
                                                 : errno_name(event.error));
  return row;
}

void round_trip(const std::string& line) {
  recorded::RowReader reader;
  reader.set_columns(recorded::parse_header(trace_header()).value());
  const auto first = reader.read(line);
  const auto* event = std::get_if<SyscallEvent>(&first);
  if (event == nullptr) return;
  std::string row = written(*event, reader.names().names());
  demand(row.ends_with('\n') && row.find('\n') == row.size() - 1, "a row is one line", row);
  row.pop_back();
  const auto second = reader.read(row);
  const auto* again = std::get_if<SyscallEvent>(&second);
  demand(again != nullptr, "what was written is read", row);
  demand(written(*again, reader.names().names()) == row + "\n", "and says the same", row);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string rows(reinterpret_cast<const char*>(data), size);
  const std::string text = trace_header() + "\n" + rows;
  const LogAnswer sums = read(text, CaptureMode::aggregate);
  if (!sums.error) {
    demand(!sums.negative, "a duration is not negative", rows);
    demand(sums.stats.ledger.line_residual().value_or(0) == 0, "lines = records + ignored + rejected", rows);
    const LogAnswer events = read(text, CaptureMode::stream);
    demand_same(sums, events);
  }
  round_trip(rows.substr(0, rows.find('\n')));
  return 0;
}
