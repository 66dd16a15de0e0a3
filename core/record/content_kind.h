// What kind of thing a file holds, told by its first bytes: so that a wrong file is named for what it is.
#pragma once

#include <cstdint>
#include <string_view>

namespace latimer {

enum class ContentKind : std::uint8_t {
  text,          // of some kind or other
  empty,         // nothing, or blank lines
  elf,           // a program or library
  perf_data,     // perf record's output
  utf16,         // text, but not as anything here reads it
  cr_only,       // text whose lines end as on old Macs
  perf_trace,    // perf trace's text
  perf_summary,  // perf trace -s: its table alone
  perf_script,   // perf script's text about system calls
  bpftrace,      // bpftrace -f json
  xz,            // packed, as bzip2 and zip are: by what we do not unpack
  bzip2,
  zip,
  tar,
  binary,  // none of these
};

// `beginning`: some KiB are enough; uncompressed.
[[nodiscard]] ContentKind content_kind(std::string_view beginning);

// "an ELF program or library": for messages.
[[nodiscard]] std::string_view describe(ContentKind kind);
// What to do about it; may be empty.
[[nodiscard]] std::string_view advice_on(ContentKind kind);

}  // namespace latimer
