// The sqlite3 shell with a script: inserts that are transactions of their own, a few that wait for the disk,
// and queries that do not fit into the cache.
#include <fmt/format.h>

#include "core/sys/child_process.h"
#include "validation/real/makers.h"

namespace latimer::real {
namespace {

constexpr std::uint64_t kSafeTransactions = 5;
constexpr std::uint64_t kRowsInEach = 400;

// As it would be by hand. Without waiting for the disk at each of the inserts: that would measure the disk.
std::string script_for(const std::string& folder, std::uint64_t inserts) {
  std::string text = fmt::format(
      ".open --new {}/data.sqlite\n"
      "PRAGMA cache_size = -256;\n"
      "CREATE TABLE event (id INTEGER PRIMARY KEY, who TEXT, amount INTEGER, note TEXT);\n"
      "PRAGMA synchronous = FULL;\n",
      folder);
  for (std::uint64_t i = 0; i < kSafeTransactions; ++i) {
    text += "BEGIN;\n";
    for (std::uint64_t row = 0; row < kRowsInEach; ++row)
      text += fmt::format("INSERT INTO event(who, amount, note) VALUES('user{}', {}, '{:060}');\n",
                          row * 7919 % 1000, row, i);
    text += "COMMIT;\n";
  }
  text += "PRAGMA synchronous = OFF;\n";
  for (std::uint64_t i = 0; i < inserts; ++i)
    text += fmt::format("INSERT INTO event(who, amount, note) VALUES('user{}', {}, '{:060}');\n",
                        i * 7919 % 1000, i, i);
  text += "CREATE INDEX by_who ON event(who);\n";
  for (std::uint64_t i = 0; i < inserts; ++i)
    text += fmt::format("SELECT count(*), sum(amount), max(note) FROM event WHERE who = 'user{}';\n",
                        i * 104729 % 1000);
  return text;
}

}  // namespace

Result<Prepared> make_sqlite(Folder folder, std::uint64_t inserts) {
  Result<std::string> sqlite = resolve_command("sqlite3");
  if (!sqlite) return std::move(sqlite).error();
  const std::string script = folder + "/script.sql";
  const Status written = write_file(script, script_for(folder, inserts));
  if (!written.ok()) return written.error();
  Prepared prepared;
  prepared.command = {*sqlite, "-batch", "-bail", ":memory:", ".read " + script};
  prepared.must_show = {{{"pwrite64", "write"}, inserts},
                        {{"pread64", "read"}, inserts},
                        {{"fsync", "fdatasync"}, kSafeTransactions},
                        {{"unlink", "unlinkat"}, inserts},
                        {{"fcntl"}, 2 * inserts}};
  return prepared;
}

}  // namespace latimer::real
