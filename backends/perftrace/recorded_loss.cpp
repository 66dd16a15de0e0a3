#include "backends/perftrace/recorded_loss.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <vector>

#include "core/sys/unique_fd.h"

namespace latimer::perftrace {
namespace {

// The file's parts (tools/perf/Documentation/perf.data-file-format.txt), little-endian.
struct Section {
  std::uint64_t offset = 0, size = 0;
  [[nodiscard]] std::uint64_t end() const { return offset + size; }
  [[nodiscard]] bool sound() const { return size > 0 && end() > offset; }
};
struct FileHeader {
  char magic[8];
  std::uint64_t size;  // of this header
  std::uint64_t attribute_size;
  Section attributes, data;
};
// The beginning of perf_event_attr, and of a record (linux/perf_event.h).
struct Attribute {
  std::uint32_t type, size;
  std::uint64_t config, period, sample_type, read_format;
};
struct Record {
  std::uint32_t type;
  std::uint16_t misc, size;
  std::uint64_t value;  // of some kinds
};

constexpr std::uint64_t kRecordHead = offsetof(Record, value);
constexpr std::uint64_t kFileHeader = 104;                       // one of a pipe is shorter
constexpr std::uint32_t kTypeSoftware = 1, kTypeTracepoint = 2;  // PERF_TYPE_*
constexpr std::uint64_t kFormatLost = 1U << 4;                   // PERF_FORMAT_LOST
constexpr std::uint32_t kRecordLostSamples = 13;                 // PERF_RECORD_LOST_SAMPLES
constexpr std::uint32_t kRecordAuxtrace = 71;                    // data of `value` bytes follow
constexpr std::uint16_t kDropped = 1U << 15;                     // by a filter that the user gave
constexpr std::uint64_t kBlock = std::uint64_t{1} << 20;

// A file, by offsets that mostly ascend.
class Blocks {
 public:
  explicit Blocks(int file) : file_(file) {}

  // False: there is no such part.
  template <typename Part>
  bool read(std::uint64_t offset, Part& part, std::size_t bytes = sizeof(Part)) {
    if (!holds(offset, bytes)) fill(offset);
    if (!holds(offset, bytes)) return false;
    std::memcpy(&part, block_.data() + (offset - begin_), bytes);
    return true;
  }

 private:
  [[nodiscard]] bool holds(std::uint64_t offset, std::size_t bytes) const {
    return offset >= begin_ && offset - begin_ <= block_.size() && bytes <= block_.size() - (offset - begin_);
  }
  void fill(std::uint64_t offset) {
    begin_ = offset;
    block_.resize(kBlock);
    ssize_t got = 0;
    do {
      got = ::pread(file_, block_.data(), kBlock, static_cast<off_t>(offset));
    } while (got < 0 && errno == EINTR);
    block_.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  }

  int file_;
  std::uint64_t begin_ = 0;
  std::vector<char> block_;
};

// Whether each of the events counts what it loses, and loses nothing but for want of room.
bool counted(Blocks& file, const FileHeader& header) {
  if (header.attribute_size < sizeof(Attribute) || !header.attributes.sound()) return false;
  for (std::uint64_t at = header.attributes.offset; at < header.attributes.end();
       at += header.attribute_size) {
    Attribute attribute{};
    if (!file.read(at, attribute) || (attribute.read_format & kFormatLost) == 0) return false;
    if (attribute.type != kTypeTracepoint && attribute.type != kTypeSoftware) return false;
  }
  return true;
}

}  // namespace

std::optional<std::uint64_t> recorded_loss(const std::string& path) {
  const UniqueFd descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!descriptor) return std::nullopt;
  Blocks file(descriptor.get());
  FileHeader header{};
  if (!file.read(0, header) || header.size < kFileHeader || !header.data.sound()) return std::nullopt;
  if (!counted(file, header)) return std::nullopt;
  std::uint64_t lost = 0;
  for (std::uint64_t at = header.data.offset; at < header.data.end();) {
    const std::uint64_t left = header.data.end() - at;
    Record record{};
    if (!file.read(at, record, kRecordHead) || record.size < kRecordHead || record.size > left)
      return std::nullopt;
    at += record.size;
    const bool counts = record.type == kRecordLostSamples && (record.misc & kDropped) == 0;
    if (!counts && record.type != kRecordAuxtrace) continue;
    if (!file.read(at - record.size, record)) return std::nullopt;
    if (counts) {
      lost += record.value;
    } else {
      at += std::min(record.value, left - record.size);
    }
  }
  return lost;
}

}  // namespace latimer::perftrace
