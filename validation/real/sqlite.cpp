// The sqlite3 shell with a script, everything as it is by default: rows in a few transactions, inserts that
// are transactions of their own and wait for the disk, an index, queries by it.
#include <fmt/format.h>

#include "core/sys/child_process.h"
#include "validation/real/makers.h"

namespace latimer::real {
namespace {

constexpr std::uint64_t kTransactions = 4;

std::string insert(std::uint64_t row) {
  return fmt::format("INSERT INTO event(who, amount, note) VALUES('user{}', {}, '{:060}');\n",
                     row * 7919 % 1000, row, row);
}

// `queries`; as many rows in each transaction; and one insert of its own for 40 of them.
std::string script_for(const std::string& folder, std::uint64_t queries) {
  std::string text = fmt::format(
      ".open --new {}/data.sqlite\n"
      "CREATE TABLE event (id INTEGER PRIMARY KEY, who TEXT, amount INTEGER, note TEXT);\n",
      folder);
  for (std::uint64_t i = 0; i < kTransactions; ++i) {
    text += "BEGIN;\n";
    for (std::uint64_t row = 0; row < queries; ++row) text += insert(row);
    text += "COMMIT;\n";
  }
  text += "CREATE INDEX by_who ON event(who);\n";
  for (std::uint64_t i = 0; i < queries; ++i) {
    if (i % 40 == 0) text += insert(i);
    text += fmt::format("SELECT count(*), sum(amount), max(note) FROM event WHERE who = 'user{}';\n",
                        i * 104729 % 1000);
  }
  return text;
}

}  // namespace

Result<Prepared> make_sqlite(Folder folder, std::uint64_t queries) {
  Result<std::string> sqlite = resolve_command("sqlite3");
  if (!sqlite) return std::move(sqlite).error();
  const std::string script = folder + "/script.sql";
  const Status written = write_file(script, script_for(folder, queries));
  if (!written.ok()) return written.error();
  Prepared prepared;
  prepared.command = {*sqlite, "-batch", "-bail", ":memory:", ".read " + script};
  // The least of each that was seen with sqlite 3.40: for each query a lock, a look at the file and an
  // unlock; for each transaction a journal that is made, written, synced and removed.
  const std::uint64_t transactions = kTransactions + queries / 40;
  prepared.must_show = {{{"fcntl"}, 2 * queries},
                        {{"pread64", "read"}, queries},
                        {{"pwrite64", "write"}, 3 * transactions},
                        {{"fsync", "fdatasync"}, 2 * transactions},
                        {{"unlink", "unlinkat"}, transactions}};
  return prepared;
}

}  // namespace latimer::real
