// The table that strace -c prints, and -C behind the calls (strace 6.1, count.c):
//
//   % time     seconds  usecs/call     calls    errors syscall
//   ------ ----------- ----------- --------- --------- ----------------
//    51.32    0.000214          10        21         2 openat
//   ------ ----------- ----------- --------- --------- ----------------
//   100.00    0.000417           7        58         3 total
//
// "errors" is blank where there are none; -U chooses other columns and their order. Between the two tables of
// a program that made calls of several ABIs: "System call usage summary for 32 bit mode:".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace latimer::strace {

struct SummaryRow {
  std::string_view name;
  std::optional<std::uint64_t> calls, errors;
  std::optional<std::uint64_t>
      time_ns;  // CPU time in the kernel, or with -w wall time: the table does not say
  std::optional<std::uint64_t> min_ns, max_ns;
};

// Reads a table line by line. The caller passes lines from one that begins() on until it is no longer open().
class SummaryTable {
 public:
  [[nodiscard]] static bool begins(std::string_view line);
  // "System call usage summary for 32 bit mode:" -> "32 bit".
  [[nodiscard]] static std::optional<std::string_view> mode_of(std::string_view line);

  [[nodiscard]] bool open() const { return open_; }

  enum class Seen : std::uint8_t { furniture, row, total, nothing };
  // `row` is filled when a row was seen. nothing: the line belongs to no table, and the table ends before it.
  Seen line(std::string_view line, SummaryRow& row);

 private:
  struct Column {
    std::string name;
    std::size_t begin = 0, end = 0;  // of the dashes below it
  };
  void read_header(std::string_view line);
  void read_rule(std::string_view line);
  [[nodiscard]] bool read_row(std::string_view line, SummaryRow& row) const;

  bool open_ = false;
  bool ruled_ = false;  // the dashes below the header have been seen
  std::string header_;
  std::vector<Column> columns_;
};

}  // namespace latimer::strace
