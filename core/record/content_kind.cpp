#include "core/record/content_kind.h"

#include <re2/re2.h>

#include <algorithm>
#include <utility>

namespace latimer {
namespace {

// "     0.061 ( 0.019 ms): true/27430 brk()": perf trace, tools/perf/builtin-trace.c.
bool looks_like_perf_trace(std::string_view text) {
  static const re2::RE2 kLine(R"((?m)^ *(?:\d+\.\d{3}|\?) \( *(?:\d+\.\d+ ms)? *\): )");
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), kLine);
}

// " Summary of events:" and the tables behind it, without the calls.
bool looks_like_perf_summary(std::string_view text) {
  static const re2::RE2 kTitle(R"((?m)^ Summary of events:$)");
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), kTitle);
}

// "  ls 29490 [000]  2007.849883: raw_syscalls:sys_enter: NR 12": perf script, tools/perf/builtin-script.c.
bool looks_like_perf_script(std::string_view text) {
  static const re2::RE2 kLine(R"((?m) \d+(?:/\d+)? +(?:\[\d+\] +)?\d+\.\d+: +(?:raw_)?syscalls:sys_e)");
  return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), kLine);
}

// Control characters that no text has; what a tracer prints of other people's strings is escaped.
std::size_t control_bytes(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](unsigned char c) {
    return (c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != 0x1b) || c == 0x7f;
  }));
}

// What could be unpacked by others.
constexpr std::pair<std::string_view, ContentKind> kPacked[] = {{"\xfd"
                                                                 "7zXZ",
                                                                 ContentKind::xz},
                                                                {"BZh", ContentKind::bzip2},
                                                                {"PK\x03\x04", ContentKind::zip}};

}  // namespace

ContentKind content_kind(std::string_view beginning) {
  if (beginning.find_first_not_of(" \t\r\n") == std::string_view::npos) return ContentKind::empty;
  if (beginning.starts_with("\x7f"
                            "ELF"))
    return ContentKind::elf;
  if (beginning.starts_with("PERFILE2")) return ContentKind::perf_data;
  for (const auto& [magic, kind] : kPacked) {
    if (beginning.starts_with(magic)) return kind;
  }
  // POSIX tar: "ustar" in the first member's header.
  if (beginning.size() > 262 && beginning.substr(257, 5) == "ustar") return ContentKind::tar;
  if (beginning.starts_with("\xff\xfe") || beginning.starts_with("\xfe\xff")) return ContentKind::utf16;
  if (control_bytes(beginning) > beginning.size() / 20) return ContentKind::binary;
  const std::size_t cr = beginning.find('\r');
  const bool cr_only = beginning.find('\n') == std::string_view::npos && cr != std::string_view::npos &&
                       cr + 1 < beginning.size();
  if (cr_only) return ContentKind::cr_only;
  if (beginning.starts_with(R"({"type": ")")) return ContentKind::bpftrace;
  if (looks_like_perf_trace(beginning.substr(0, 4096))) return ContentKind::perf_trace;
  if (looks_like_perf_summary(beginning.substr(0, 4096))) return ContentKind::perf_summary;
  if (looks_like_perf_script(beginning.substr(0, 4096))) return ContentKind::perf_script;
  return ContentKind::text;
}

std::string_view describe(ContentKind kind) {
  switch (kind) {
    case ContentKind::text:
      return "text";
    case ContentKind::empty:
      return "empty";
    case ContentKind::elf:
      return "an ELF program or library";
    case ContentKind::perf_data:
      return "a perf.data file";
    case ContentKind::utf16:
      return "UTF-16 text";
    case ContentKind::cr_only:
      return "text whose lines end in CR alone";
    case ContentKind::perf_trace:
      return "the output of perf trace";
    case ContentKind::perf_summary:
      return "the table of perf trace -s, without the calls";
    case ContentKind::perf_script:
      return "the output of perf script";
    case ContentKind::bpftrace:
      return "the JSON output of bpftrace";
    case ContentKind::xz:
      return "packed by xz";
    case ContentKind::bzip2:
      return "packed by bzip2";
    case ContentKind::zip:
      return "a zip archive";
    case ContentKind::tar:
      return "a tar archive";
    case ContentKind::binary:
      return "binary data";
  }
  return "binary data";
}

std::string_view advice_on(ContentKind kind) {
  switch (kind) {
    case ContentKind::perf_data:
      return "perf script -i FILE > FILE.txt makes a text of it that --input reads";
    case ContentKind::utf16:
      return "iconv -f UTF-16 -t UTF-8 FILE turns it into what can be read";
    case ContentKind::cr_only:
      return "tr '\\r' '\\n' < FILE turns it into what can be read";
    case ContentKind::perf_summary:
      return "perf trace -S -o FILE -- CMD writes the calls, too, which --input reads";
    case ContentKind::bpftrace:
      return "of logs those of strace and perf can be read";
    case ContentKind::perf_trace:
    case ContentKind::perf_script:
      return "latimer latency -b perftrace --input FILE reads it";
    case ContentKind::xz:
      return "xzcat FILE | latimer latency --input - reads it";
    case ContentKind::bzip2:
      return "bzcat FILE | latimer latency --input - reads it";
    case ContentKind::zip:
    case ContentKind::tar:
      return "unpack it into a folder, and give that as --input";
    case ContentKind::elf:
      return "to trace a program: latimer latency -- FILE";
    case ContentKind::text:
    case ContentKind::empty:
    case ContentKind::binary:
      return "";
  }
  return "";
}

}  // namespace latimer
