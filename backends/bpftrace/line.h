// One line of what bpftrace prints when it runs Latimer's program (program.h) -> one record. Pure: no state,
// no allocation; the views point into the line.
//
//   latimer-bpftrace 1
//   begun 72287929380016
//   c START DURATION PID TID NUMBER FLAGS VALUE [COMM [ARGUMENTS [PATH]]]
//   f TIME PID CHILD FLAGS                 a birth: its parent's process, CLONE_* in hexadecimal
//   tick                                   now and then, behind it lines like @w[PID]: 1
//   Lost 5652 events
//   stdin:18:11-12: WARNING: Failed to map_update_elem: Argument list too long (-7)
//   over 72290000000000                    and behind it the maps:
//   @s[TID]: (START, NUMBER, FLAGS, PID)
//   @cut[TID]: (DURATION, VALUE)
//   @enters: 400003
//
// Times are ns of CLOCK_MONOTONIC. COMM: the name's sixteen bytes in hexadecimal, so that no name can look
// like anything else; earlier programs printed its two words of eight bytes, as they lie in memory
// (little-endian). ARGUMENTS: six registers in hexadecimal. PATH: the rest of the line, and in JSON alone,
// where it may hold anything.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

namespace latimer::bpftrace {

// What the program prints first; the number is that of this format.
inline constexpr std::string_view kHeader = "latimer-bpftrace 1";

// Of a string, with its NUL (BPFTRACE_STRLEN): more do not fit onto a BPF program's stack beside the rest of
// a record.
inline constexpr std::size_t kStringBytes = 100;

enum class CallKind : std::uint8_t {
  completed,     // c
  refused,       // r: came back and was never entered
  began_before,  // a: the same of a thread that had not been heard of
  child_return,  // b: clone and its kin, in the child
  died_inside,   // d: its thread ended
  exit_lost,     // l: its thread entered another
};

struct CallRecord {
  CallKind kind = CallKind::completed;
  bool compat = false;  // a 32-bit call
  std::int32_t pid = 0, tid = 0;
  std::int32_t number = -1;
  std::int64_t start_ns = 0, duration_ns = 0;
  std::int64_t value = 0;
  bool named = false;
  std::array<char, 16> comm{};
  bool has_args = false;
  std::array<std::uint64_t, 6> args{};
  bool has_path = false;
  std::string_view path;  // raw bytes
};

struct Birth {
  std::int64_t time_ns = 0;
  std::int32_t parent = 0, child = 0;
  std::uint64_t flags = 0;  // CLONE_*
};

enum class MarkKind : std::uint8_t { header, begun, over, tick };
struct Mark {
  MarkKind kind = MarkKind::header;
  std::int64_t time_ns = 0;  // begun, over
};

struct LostEvents {
  std::uint64_t count = 0;
};

// A map had no room for another key.
struct MapFull {};

// One element of a map. @w: `key` alone. @enters, @exits: `values[0]`.
enum class MapName : std::uint8_t { state, cut, watched, enters, exits };
struct MapElement {
  MapName map = MapName::state;
  std::int32_t key = 0;
  std::array<std::int64_t, 4> values{};
};

struct Ignored {
  std::string_view kind;  // "blank", "bpftrace's own", "other map", "warning"
};

// `column`: byte where reading stopped.
struct Rejected {
  std::string_view reason;
  std::size_t column = 0;
};

using Parsed = std::variant<CallRecord, Birth, Mark, LostEvents, MapFull, MapElement, Ignored, Rejected>;

[[nodiscard]] Parsed parse_line(std::string_view line);

}  // namespace latimer::bpftrace
