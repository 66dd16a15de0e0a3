// What perf.data says of its losses, in files made here.
#include "backends/perftrace/recorded_loss.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <string>

#include "tests/unit/input_fixture.h"

using latimer::perftrace::recorded_loss;
using latimer::test::TempFolder;

namespace {

constexpr std::uint64_t kId = 4, kLost = 16;  // of read_format
constexpr std::uint32_t kHardware = 0, kTracepoint = 2;

std::string u64(std::uint64_t value) { return {reinterpret_cast<const char*>(&value), sizeof value}; }
std::string u32(std::uint32_t value) { return {reinterpret_cast<const char*>(&value), sizeof value}; }
std::string u16(std::uint16_t value) { return {reinterpret_cast<const char*>(&value), sizeof value}; }

std::string record(std::uint32_t type, const std::string& content, std::uint16_t misc = 0) {
  return u32(type) + u16(misc) + u16(static_cast<std::uint16_t>(8 + content.size())) + content;
}
std::string sample(std::size_t size) { return record(9, std::string(size, 's')); }
std::string lost(std::uint64_t count) { return record(2, u64(7) + u64(count)); }
std::string lost_samples(std::uint64_t count, std::uint16_t misc = 0) {
  return record(13, u64(count) + u64(7), misc);
}

std::string attribute(std::uint64_t read_format, std::uint32_t type = kTracepoint) {
  std::string text = u32(type) + u32(128) + u64(443) + u64(1) + u64(0) + u64(read_format);
  return text + std::string(128 - text.size(), '\0') + u64(0) + u64(0);
}

// Laid out as perf record does it.
std::string perf_data(const std::string& attributes, const std::string& data) {
  std::string head = "PERFILE2" + u64(104) + u64(144) + u64(104) + u64(attributes.size()) +
                     u64(104 + attributes.size()) + u64(data.size());
  head.resize(104, '\0');
  return head + attributes + data + "what follows";
}

std::optional<std::uint64_t> loss_of(const std::string& file) {
  const TempFolder folder;
  return recorded_loss(folder.file(file));
}

const std::string kTwo = attribute(kId | kLost) + attribute(kId | kLost);

}  // namespace

TEST_CASE("what events lost by their own count is what a recording lost", "[perftrace]") {
  CHECK(loss_of(perf_data(kTwo, sample(80) + lost(3) + sample(80) + lost_samples(5) + lost_samples(4))) ==
        9U);
  CHECK(loss_of(perf_data(kTwo, sample(80))) == 0U);
  // What the user's filter drops has not been lost.
  CHECK(loss_of(perf_data(kTwo, sample(80) + lost_samples(5) + lost_samples(100, 0x8000))) == 5U);
  // Data of other kinds, which are no records, behind theirs.
  CHECK(loss_of(perf_data(kTwo, record(71, u64(30)) + std::string(30, 'x') + lost_samples(5))) == 5U);
  std::string large;
  while (large.size() < 3'000'000) large += sample(1 + large.size() % 997);
  CHECK(loss_of(perf_data(kTwo, large + lost_samples(5))) == 5U);
}

TEST_CASE("a recording that does not count what it loses", "[perftrace]") {
  const std::string data = sample(80) + lost_samples(5);
  CHECK_FALSE(loss_of(perf_data(attribute(kId) + attribute(kId), data)));
  CHECK_FALSE(loss_of(perf_data(attribute(kId | kLost) + attribute(kId), data)));
  CHECK_FALSE(loss_of(perf_data(attribute(kId | kLost) + attribute(kId | kLost, kHardware), data)));
  CHECK_FALSE(loss_of(perf_data("", data)));
  CHECK_FALSE(loss_of(perf_data(kTwo, "")));  // perf was killed
  CHECK_FALSE(loss_of("PERFILE2" + u64(16) + data));
  CHECK_FALSE(loss_of(""));
  CHECK_FALSE(recorded_loss("/latimer/nothing/here"));
}

TEST_CASE("a damaged recording does not tell what it lost", "[perftrace]") {
  const std::string whole = perf_data(kTwo, sample(80) + lost_samples(5));
  const std::size_t behind = 8 + std::string("what follows").size();  // the last count
  for (std::size_t size = 0; size < whole.size() - behind; ++size)
    CHECK_FALSE(loss_of(whole.substr(0, size)));
  CHECK_FALSE(loss_of(perf_data(kTwo, u32(9) + u16(0) + u16(0) + lost_samples(5))));
  CHECK_FALSE(loss_of(perf_data(kTwo, lost_samples(5) + u32(9) + u16(0) + u16(200))));
  CHECK_FALSE(loss_of(perf_data(kTwo, lost_samples(5) + "PERF")));
  // Data said to end behind the end of all numbers.
  std::string far = whole;
  far.replace(40, 16, u64(~std::uint64_t{0} - 8) + u64(~std::uint64_t{0}));
  CHECK_FALSE(loss_of(far));
  // The last record's data, larger than what there is.
  CHECK(loss_of(perf_data(kTwo, lost_samples(5) + record(71, u64(~std::uint64_t{0})))) == 5U);
}
