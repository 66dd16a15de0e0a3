// What is wrong with a report, and of which kind it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace latimer::compare {

enum class ComplaintKind : std::uint8_t {
  count,
  errors,
  killed,
  in_flight,
  logical,
  ledger,
  rows,
  latency,
  failed
};
[[nodiscard]] std::string_view to_string(ComplaintKind kind);

struct Complaint {
  ComplaintKind kind = ComplaintKind::failed;
  std::string call;  // "x86_64:read"; empty: of the whole run
  std::string
      text;  // what was told and what is true, one sentence; others' words in it are escaped (text_escape.h)
};

}  // namespace latimer::compare
