// LineAccount: where the lines of a text tracer went, and the first ones that could not be read. Once, for
// all text backends.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/model/ledger.h"
#include "core/sys/line_buffer.h"

namespace latimer {

class LineAccount {
 public:
  // The lines that follow are of this log: its name, for rejected ones; empty: there is only one.
  void set_log(std::string name) { log_name_ = std::move(name); }

  void record() {
    ++lines_.total;
    ++lines_.records;
  }
  void ignore(std::string_view kind);
  // `column`: where reading the line stopped.
  void reject(const Line& line, std::string_view reason, std::size_t column);

  [[nodiscard]] const LineLedger& ledger() const { return lines_; }

 private:
  LineLedger lines_;
  std::string log_name_;
};

}  // namespace latimer
