// Any bytes as an strace log. The first byte chooses the columns, the second where the input is split; the
// rest is the log. Whatever it says: every line is accounted for, both sides of the ledger balance, no
// duration is negative, and the split makes no difference.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "backends/strace/translator.h"
#include "core/stats/snapshot_builder.h"

using namespace latimer;
using namespace latimer::strace;

namespace {

void demand(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

Layout layout_of(std::uint8_t byte) {
  Layout layout;
  layout.pid = static_cast<PidColumn>(byte % 3);
  layout.time = static_cast<TimeColumn>(byte / 3 % 3);
  layout.relative = (byte / 9 & 1) != 0;
  layout.number = (byte / 9 & 2) != 0;
  layout.address = (byte / 9 & 4) != 0;
  return layout;
}

using Seen = std::tuple<EventKind, Abi, std::int32_t, std::int32_t, std::optional<std::int64_t>,
                        std::optional<std::int64_t>, std::optional<std::int64_t>, std::int32_t, std::string>;

struct Told {
  std::vector<Seen> events;
  Ledger ledger;
  bool operator==(const Told& other) const {
    return events == other.events && ledger.enters == other.ledger.enters &&
           ledger.exits == other.ledger.exits && ledger.lines->records == other.ledger.lines->records &&
           ledger.lines->ignored == other.ledger.lines->ignored &&
           ledger.lines->rejected == other.ledger.lines->rejected;
  }
};

class Log {
 public:
  explicit Log(std::uint8_t columns) : translator_(options(columns), nullptr), builder_(GroupBy::none) {}

  void feed(std::string_view bytes) {
    buffer_.feed(bytes, [this](const Line& line) { add(line); });
    collect();
  }

  Told finish() {
    buffer_.finish([this](const Line& line) { add(line); });
    collect();
    told_.ledger = translator_.pairing().ledger();
    told_.ledger.completed = builder_.completed();
    told_.ledger.lines = translator_.lines();
    return told_;
  }

 private:
  static TranslatorOptions options(std::uint8_t columns) {
    TranslatorOptions options;
    options.layout = layout_of(columns);
    return options;
  }

  // The events point into the lines until they are collected.
  void add(const Line& line) {
    Line stable = line;
    stable.text = kept_.emplace_back(line.text);
    translator_.line(stable, 0);
  }

  void collect() {
    for (const SyscallEvent& event : translator_.pairing().events()) {
      demand(event.duration_ns.value_or(0) >= 0, "a duration is not negative");
      told_.events.emplace_back(event.kind, event.abi, event.number, event.tid, event.start_ns,
                                event.duration_ns, event.return_value, event.error,
                                std::string(event.text_args));
      builder_.add(event);
    }
    translator_.pairing().clear();
    kept_.clear();
  }

  Translator translator_;
  SnapshotBuilder builder_;
  LineBuffer buffer_;
  std::deque<std::string> kept_;
  Told told_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  Log whole(data[0]);
  whole.feed(text);
  const Told outcome = whole.finish();
  demand(outcome.ledger.line_residual() == 0, "lines = records + ignored + rejected");
  demand(outcome.ledger.enter_residual().value_or(0) == 0, "enters balance");
  demand(outcome.ledger.exit_residual().value_or(0) == 0, "exits balance");

  Log split(data[0]);
  const std::size_t at = text.size() * data[1] / 255;
  split.feed(text.substr(0, at));
  split.feed(text.substr(at));
  demand(split.finish() == outcome, "the split makes no difference");
  return 0;
}
