// How much a perf.data file says that it lost, all in all.
//
// The kernel tells of a loss (PERF_RECORD_LOST) in front of the next record that fits into the same CPU's
// buffer (__perf_output_begin, kernel/events/ring_buffer.c): what is lost behind the last record is never
// told that way. It also counts what each event lost, for all tasks that inherited it, since Linux 6.0
// (PERF_FORMAT_LOST), and perf record writes those counts at the end of the file, since 6.1
// (PERF_RECORD_LOST_SAMPLES), where perf script does not show them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace latimer::perftrace {

// Records: samples, and what became of tasks. Includes what PERF_RECORD_LOST tells. Reads the file once, at
// the speed of its storage, in constant memory. nullopt: the file does not tell (older perf or kernel, not
// finished, written to a pipe, or of hardware events, which lose samples for other reasons), or cannot be
// read.
[[nodiscard]] std::optional<std::uint64_t> recorded_loss(const std::string& path);

}  // namespace latimer::perftrace
