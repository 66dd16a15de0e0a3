// Recordings: which of the trace files that are read belong together, and what of them is not there.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace latimer::recorded {

// What a file says of itself; what it does not is nullopt or empty.
struct FileFacts {
  std::string name;       // as messages have it
  std::string recording;  // what all files of one recording have in common, and no other has
  unsigned part = 1;
  std::uint64_t rows = 0;       // that are there
  std::uint64_t completed = 0;  // of them calls that returned
  bool begun = false;           // it says who made it
  bool selective = false;       // its recorder was asked for some calls only
  unsigned ends = 0;            // how often it says that it ends
  bool incomplete = false;      // its recorder said so
  std::string end_reason;
  bool ended = false;
  bool continues = false;
  std::optional<std::uint64_t> recorded_rows;  // that were written into it
  std::optional<std::uint64_t> all_rows;       // of the whole recording: in its last file
  std::optional<std::uint64_t> all_completed;  // as the ledger has it: in its last file
  std::optional<std::uint64_t> duration_ns;    // how long it watched: in its last file
};

class Recordings {
 public:
  // `whole`: the file could be read to its end.
  void add(const FileFacts& file, bool whole);

  // Nothing is missing of what was recorded, as far as the files say.
  [[nodiscard]] bool whole() const;
  [[nodiscard]] std::vector<std::string> warnings() const;
  // How long they watched, one after the other; nullopt: one of them does not say.
  [[nodiscard]] std::optional<std::uint64_t> duration_ns() const;

 private:
  struct Recording {
    std::string first_file;
    std::set<unsigned> parts;
    bool goes_on = false;  // after the latest part
    unsigned latest = 0;
    std::uint64_t rows = 0, completed = 0;
    std::optional<std::uint64_t> all_rows, all_completed, duration_ns;
    bool selective = false;
    // Calls that the ledger has and the rows do not, or the other way round, where all of them are there.
    [[nodiscard]] bool balances() const;
  };
  void note(std::string warning) { notes_.push_back(std::move(warning)); }

  std::map<std::string, Recording> recordings_;
  std::vector<std::string> notes_;  // each is about something that is missing or too much
};

}  // namespace latimer::recorded
