// Any bytes as a log, through all that reads one. The first byte chooses the flags that are said, the second
// the threads, whom calls are told apart by, and whether the columns are told before the bytes come, so that
// they are read as they are split; the third and fourth where that is. Whatever the log says: its lines and
// calls add up, no duration is negative, and it says the same from a file, in pieces through a pipe, and with
// several threads, and call by call. And the quick way to the end of a call's arguments finds what the slow
// one does.
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/record/wide_bytes.h"
#include "core/sys/fd_util.h"
#include "tests/support/log_reading.h"

using namespace latimer;
using namespace latimer::test;
using namespace latimer::strace;

namespace {

void demand(bool holds, const char* what, const std::string& detail = "") {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n%s\n", what, detail.c_str());
  std::abort();
}

// Flags, and the columns of a call in such a log.
struct Columns {
  const char* flags;
  const char* text;
};
constexpr std::array<Columns, 9> kColumns = {
    {{"", "10    "},
     {"-f", "10    "},
     {"-T", ""},
     {"-f -ttt", "10    1795216342.373264 "},
     {"-f", "[pid    10] "},
     {"-tt", "23:12:22.158950 "},
     {"-r", "     0.000037 "},
     {"-f -tt -r -n -i", "10 23:12:22 (+     0.000784) [   1] [00007f9a8f0a4c37] "},
     {"-c -w", ""}}};

// As long as what the columns are told by (64 KiB).
std::string long_line(const char* columns) {
  return std::string(columns) + "write(1, \"" + std::string(66'000, 'x') + "\", 66000) = 66000 <0.000010>\n";
}

std::string fd_name(int fd) { return "/proc/self/fd/" + std::to_string(fd); }

std::string through_file(const std::string& text, const LogQuestion& question, LogAnswer* answer = nullptr) {
  const UniqueFd fd(::memfd_create("log", MFD_CLOEXEC));
  demand(write_all(fd.get(), text).ok(), "a file in memory can be written");
  const std::string name = fd_name(fd.get());
  LogAnswer read = read_logs({name}, question);
  std::string told = text_without(read, name);
  if (answer != nullptr) *answer = std::move(read);
  return told;
}

std::string through_pipe(const std::string& text, std::size_t split, const LogQuestion& question) {
  Pipe pipe = *make_pipe();
  demand(grow_pipe(pipe.write.get(), 1 << 18) >= text.size(), "the pipe holds the log");
  const std::string name = fd_name(pipe.read.get());
  LogReading reading({name}, question);
  demand(write_all(pipe.write.get(), std::string_view(text).substr(0, split)).ok(), "a pipe can be written");
  reading.step();
  demand(write_all(pipe.write.get(), std::string_view(text).substr(split)).ok(), "a pipe can be written");
  pipe.write.reset();
  return text_without(reading.finish(), name);
}

void judge(const LogAnswer& answer, const std::string& told) {
  const Ledger& ledger = answer.stats.ledger;
  demand(!answer.negative, "a duration is not negative", told);
  demand(ledger.line_residual().value_or(0) == 0, "lines = records + ignored + rejected", told);
  if (!ledger.exits) return;
  demand(ledger.enter_residual() == 0, "enters balance", told);
  demand(*ledger.exits == *ledger.completed + *ledger.began_before_attach + *ledger.lost_enters,
         "exits balance", told);
  std::uint64_t count = 0;
  for (const auto& [key, stats] : answer.snapshot.stats) count += stats.latency.count() + stats.untimed;
  demand(count == *ledger.exits, "what returned counts", told);
}

std::string told(const Parsed& parsed) {
  const auto* r = std::get_if<Record>(&parsed);
  if (r == nullptr) return "no record";
  return fmt::format("{} {} {}|{}|{}|{}|{}|{}", static_cast<int>(r->kind), static_cast<int>(r->outcome),
                     r->name, r->args, r->value ? std::to_string(*r->value) : "-", r->error, r->error_name,
                     r->injected);
}

// Where a duration stands at the end of a line, the way is the quick one; without it every byte is looked at.
void compare_ways(std::string_view line, const Layout& columns) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  constexpr std::string_view kDuration = " <0.000012>";
  const auto slow = parse_line(line, columns);
  const auto* record = std::get_if<Record>(&slow);
  if (record == nullptr || record->outcome == Outcome::none || record->duration_ns) return;
  const std::string longer = std::string(line) + std::string(kDuration);
  const auto quick = parse_line(longer, columns);
  demand(told(quick) == told(slow), "the quick way agrees with the slow one",
         longer + "\nquick " + told(quick) + "\nslow  " + told(slow));
}

// What skimming reads, parsing reads the same. In memory of just the size that has to be readable, so that
// reading past it is seen.
void compare_skimming(std::string_view text, const Layout& columns) {
  std::vector<char> bytes(text.begin(), text.end());
  bytes.resize(text.size() + Skimmer::kPadding, '"');
  const std::string_view line(bytes.data(), text.size());
  Skimmed skimmed;
  if (!Skimmer::can_skim(columns)) return;
  Skimmer(columns).skim(line, skimmed);
  const bool avx2 = std::exchange(use_avx2, false);
  Skimmed plain;
  Skimmer(columns).skim(line, plain);
  use_avx2 = avx2;
  demand(skimmed.usual == plain.usual &&
             (!plain.usual ||
              (skimmed.kind == plain.kind && skimmed.number == plain.number && skimmed.error == plain.error)),
         "AVX2 makes no difference", std::string(line));
  if (!skimmed.usual) return;
  const Parsed parsed = parse_line(line, columns);
  const auto* record = std::get_if<Record>(&parsed);
  demand(record != nullptr && record->kind == skimmed.kind && record->tid == skimmed.tid &&
             record->name == skimmed.name && record->error == skimmed.error &&
             record->time_ns.value_or(0) == skimmed.time_ns &&
             record->duration_ns.value_or(0) == skimmed.duration_ns &&
             (record->outcome == Outcome::failed) == (skimmed.error != 0),
         "what is skimmed is what is parsed", std::string(line) + "\n" + told(parsed));
  demand(record->kind == RecordKind::entered || record->outcome == Outcome::returned ||
             record->outcome == Outcome::failed,
         "what is skimmed returned", std::string(line));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  const Columns& columns = kColumns[data[0] % kColumns.size()];
  std::string text(reinterpret_cast<const char*>(data) + 4, size - 4);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = std::string_view(text).substr(at, end - at);
    compare_ways(line, Layout{PidColumn::none, TimeColumn::none});
    compare_ways(line, Layout{PidColumn::plain, TimeColumn::epoch});
    for (const PidColumn pid : {PidColumn::none, PidColumn::plain, PidColumn::bracketed}) {
      compare_skimming(line, Layout{pid, TimeColumn::none});
      compare_skimming(line, Layout{pid, TimeColumn::of_day});
      compare_skimming(line, Layout{pid, TimeColumn::epoch});
    }
    at = end + 1;
  }
  std::size_t split = text.size() * (data[2] * 256U + data[3]) / 65'535;
  if ((data[1] & 1) != 0) {
    const std::string line = long_line(columns.text);
    split += line.size();
    text.insert(0, line);
  }
  LogQuestion question;
  question.flags = columns.flags;
  question.by = static_cast<GroupBy>(data[1] >> 1 & 3);  // none, process, thread, comm
  LogAnswer answer;
  const std::string whole = through_file(text, question, &answer);
  judge(answer, whole);
  const auto same = [&whole](const std::string& other, const char* what) {
    demand(other == whole, what, whole + "--- and:\n" + other);
  };
  same(through_pipe(text, split, question), "the split makes no difference");
  question.jobs = 2 + (data[1] >> 3 & 1);
  if ((data[1] & 0x30) == 0) same(through_file(text, question), "threads make no difference");
  question.jobs = 1;
  question.mode = CaptureMode::stream;
  same(through_file(text, question), "what is skimmed is what is parsed");
  return 0;
}
