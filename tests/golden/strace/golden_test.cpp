// Recorded output of the real strace -> events, losses and the ledger, compared with what was approved.
//
// Each NAME.strace says in its header how it was made; NAME.expected is what must come out of it. To change
// what is expected, look at what `LATIMER_APPROVE=1 golden_tests` has written, and at the recording.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "backends/strace/scan.h"
#include "backends/strace/translator.h"
#include "core/model/errno_table.h"
#include "core/model/syscall_table.h"

using namespace latimer;
using namespace latimer::strace;
namespace fs = std::filesystem;

namespace {

const fs::path kFolder = fs::path(LATIMER_SOURCE_DIR) / "tests/golden/strace";

struct Recording {
  Layout layout;
  std::optional<std::pair<std::int32_t, std::int32_t>> attached;  // tid, number of the call it slept in
  std::string text;
};

Recording load(const fs::path& path) {
  Recording recording;
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (!line.starts_with("# ")) {
      recording.text += line + "\n";
    } else if (line.starts_with("# layout:")) {
      const auto has = [&line](const char* word) { return line.find(word) != std::string::npos; };
      recording.layout.pid = has(" pid") ? PidColumn::plain : PidColumn::none;
      recording.layout.time = has(" time") ? TimeColumn::epoch : TimeColumn::none;
      recording.layout.number = has(" number");
    } else if (line.starts_with("# attached: ")) {
      std::istringstream words(line.substr(12));
      std::string in;
      recording.attached.emplace();
      words >> recording.attached->first >> in >> recording.attached->second;
    }
  }
  return recording;
}

const char* kind_name(EventKind kind) {
  switch (kind) {
    case EventKind::completed:
      return "completed";
    case EventKind::refused:
      return "refused";
    case EventKind::no_return:
      return "no return";
    case EventKind::killed_inside:
      return "killed inside";
    case EventKind::child_return:
      return "child return";
    case EventKind::began_before:
      return "began before";
    case EventKind::forked:
      return "forked";
    case EventKind::ended:
    case EventKind::new_run:
      return "ended";
    case EventKind::gap:
      return "gap";
  }
  return "?";
}

template <typename Number>
std::string known(const std::optional<Number>& number) {
  return number ? std::to_string(*number) : "?";
}

std::string describe(const SyscallEvent& event) {
  std::ostringstream out;
  out << event.tid << "/" << known(event.tgid) << " " << kind_name(event.kind) << " " << to_string(event.abi)
      << " " << syscall_name(event.abi, event.number) << " start=" << known(event.start_ns)
      << " took=" << known(event.duration_ns) << " = " << known(event.return_value);
  if (event.error != 0) out << " " << errno_name(event.error);
  if ((event.flags & kContinuation) != 0) out << " continuation";
  if (!event.comm_view().empty()) out << " comm=" << event.comm_view();
  return out.str() + "\n";
}

std::string describe(const Ledger& ledger) {
  std::ostringstream out;
  out << "enters " << known(ledger.enters) << ", exits " << known(ledger.exits) << ", completed "
      << known(ledger.completed) << ", in flight " << known(ledger.in_flight) << ", no return "
      << known(ledger.no_return) << ", began before " << known(ledger.began_before_attach) << ", lost enters "
      << known(ledger.lost_enters) << ", lost exits " << known(ledger.lost_exits) << ", residual "
      << known(ledger.enter_residual()) << "\n";
  return out.str();
}

std::string describe(const LineLedger& lines) {
  std::ostringstream out;
  out << "lines " << lines.total << ": records " << lines.records;
  for (const auto& [kind, count] : lines.ignored) out << ", " << kind << " " << count;
  for (const auto& [reason, count] : lines.rejected) out << ", rejected (" << reason << ") " << count;
  return out.str() + "\n";
}

// All that comes out of a recording when it arrives in pieces of `piece` bytes.
std::string outcome_of(const Recording& recording, std::size_t piece) {
  TranslatorOptions options;
  options.layout = recording.layout;
  options.pairing.by = GroupBy::thread;
  Translator translator(std::move(options), nullptr);
  if (recording.attached) {
    Task& task =
        translator.pairing().tasks().add_target(recording.attached->first, recording.attached->first);
    task.attached_in = recording.attached->second;
    task.attached_ns = 0;
  }
  std::string result;
  std::deque<std::string> kept;
  LineBuffer buffer;
  const auto take = [&](const Line& line) {
    Line stable = line;
    stable.text = kept.emplace_back(line.text);
    translator.line(stable, 0);
    for (const SyscallEvent& event : translator.pairing().events()) result += describe(event);
    for (const Loss& loss : translator.pairing().losses())
      result += "lost: " + std::string(to_string(loss.reason)) + "\n";
    translator.pairing().clear();
  };
  for (std::size_t at = 0; at < recording.text.size(); at += piece)
    buffer.feed(std::string_view(recording.text).substr(at, piece), take);
  buffer.finish(take);
  for (const InFlight& call : translator.in_flight(0, "")) {
    result += std::to_string(call.tid) + " in flight " + syscall_name(call.key.abi, call.key.number) +
              (call.at_least ? " (at least)" : "") + "\n";
  }
  return result + describe(translator.pairing().ledger()) + describe(translator.lines());
}

}  // namespace

TEST_CASE("recorded strace output", "[strace][golden]") {
  int seen = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".strace") continue;
    ++seen;
    const Recording recording = load(entry.path());
    const std::string outcome = outcome_of(recording, recording.text.size());
    fs::path expected = entry.path();
    expected.replace_extension(".expected");
    if (std::getenv("LATIMER_APPROVE") != nullptr) std::ofstream(expected) << outcome;
    std::ifstream file(expected);
    const std::string approved{std::istreambuf_iterator<char>(file), {}};
    INFO(entry.path().filename());
    CHECK(outcome == approved);
    for (const std::size_t piece : {1, 2, 7, 61, 4096}) CHECK(outcome_of(recording, piece) == outcome);
  }
  CHECK(seen >= 15);
}
