// What comes out of an InputStream: plain, packed, cut off, damaged.
#include "core/sys/input_stream.h"

#include <map>

#include "tests/unit/input_fixture.h"

using namespace latimer;
using namespace latimer::test;

namespace {

std::string skippable_of(const std::string& data) {
  return std::string("\x53\x2a\x4d\x18", 4) + static_cast<char>(data.size()) + std::string(3, '\0') + data;
}

// One raw block "hello" in a frame whose header is given.
std::string zstd_hello(const std::string& header) {
  return "\x28\xb5\x2f\xfd" + header + std::string("\x29\0\0hello", 8);
}

// One block of the kind that repeats a byte, and no checksum: what is not out yet stands behind the frame's
// end.
const std::string kZstdThousandA("\x28\xb5\x2f\xfd\0\x58\x43\x1f\0a", 10);

// What zlib itself makes of a member that is cut off.
std::size_t inflated_size(const std::string& packed) {
  z_stream stream{};
  REQUIRE(::inflateInit2(&stream, MAX_WBITS + 16) == Z_OK);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  (void)::inflate(&stream, Z_NO_FLUSH);
  ::inflateEnd(&stream);
  return out.size() - stream.avail_out;
}

// The most memory this process has had since `reset`, in KiB.
long peak_kib(bool reset) {
  if (reset) {
    const UniqueFd fd(::open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC));
    REQUIRE(write_all(fd.get(), "5").ok());
  }
  const std::string status = read_file("/proc/self/status").value();
  return std::atol(status.c_str() + status.find("VmHWM:") + 6);
}

}  // namespace

TEST_CASE("plain input comes as it is, whatever the pieces", "[input]") {
  const TempFolder folder;
  const std::string big = sample(700'000);
  for (const std::string& data :
       {std::string(), std::string("a"), std::string("("), std::string("\x1f"), std::string("\x28\xb5\x2f"),
        std::string("P*M"), std::string("(almost"), std::string(3, '\0'), big}) {
    const std::string path = folder.file(data);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, std::size_t{256} << 10}) {
      Result<InputStream> stream = InputStream::open(path);
      REQUIRE(stream.ok());
      CHECK(stream->size() == data.size());
      CHECK(stream->consumed() == 0);
      const Outcome outcome = drain(*stream, piece);
      CHECK_FALSE(outcome.error);
      CHECK((outcome.data == data));
      CHECK(outcome.compression == Compression::none);
      CHECK(stream->consumed() == data.size());
    }
  }
}

TEST_CASE("gzip and zstd are known by their content", "[input]") {
  const TempFolder folder;
  const std::string text = sample(600'000);
  const std::string other = sample(300, 2);
  struct Case {
    std::string packed, data;
    Compression compression;
  };
  const std::vector<Case> cases = {
      {gzip_of(text), text, Compression::gzip},
      {gzip_of(""), "", Compression::gzip},
      {gzip_of(other) + gzip_of("") + gzip_of(text), other + text, Compression::gzip},
      {gzip_of(text) + std::string(1000, '\0'), text, Compression::gzip},
      {zstd_of(text), text, Compression::zstd},
      {zstd_of(""), "", Compression::zstd},
      {zstd_of(other) + zstd_of("") + zstd_of(text), other + text, Compression::zstd},
      {skippable_of("x") + zstd_of(text) + skippable_of("") + zstd_of(other) + skippable_of("yz"),
       text + other, Compression::zstd},
      {zstd_of(gzip_of(text)), gzip_of(text), Compression::zstd},
      {kZstdThousandA + kZstdThousandA, std::string(2000, 'a'), Compression::zstd},
  };
  for (const Case& item : cases) {
    const std::string path = folder.file(item.packed, "app.log");
    for (const std::size_t piece : {std::size_t{1}, std::size_t{777}, std::size_t{256} << 10}) {
      Result<InputStream> stream = InputStream::open(path);
      REQUIRE(stream.ok());
      const Outcome outcome = drain(*stream, piece);
      INFO((outcome.error ? outcome.error->message : "fine"));
      CHECK_FALSE(outcome.error);
      CHECK((outcome.data == item.data));
      CHECK(outcome.compression == item.compression);
      CHECK(stream->consumed() == item.packed.size());
      CHECK(stream->size() == item.packed.size());
    }
  }
}

TEST_CASE("cut off at any byte: what is before it, then an error", "[input]") {
  const TempFolder folder;
  const std::string one = sample(1500), two = sample(900, 2);
  const std::string gz = gzip_of(one), zst = zstd_of(one), skipped = skippable_of("abc");
  struct Case {
    std::string packed;
    std::size_t magic;
    std::map<std::size_t, std::string> ends;  // where the input may end, with the data up to there
  };
  const std::vector<Case> cases = {
      {gz + gzip_of(two), 2, {{0, ""}, {gz.size(), one}}},
      {zst + skipped + zstd_of(two), 4, {{0, ""}, {zst.size(), one}, {zst.size() + skipped.size(), one}}},
      {skipped + zst, 4, {{0, ""}, {skipped.size(), ""}}},
  };
  for (const Case& item : cases) {
    std::size_t most = 0;
    for (std::size_t size = 0; size < item.packed.size(); ++size) {
      INFO("cut to " << size << " of " << item.packed.size());
      const Outcome outcome = read_path(folder.file(item.packed.substr(0, size)), 1 + size % 1000);
      if (size > 0 && size < item.magic) {
        CHECK((outcome.data == item.packed.substr(0, size)));
        CHECK(outcome.compression == Compression::none);
        continue;
      }
      CHECK(((one + two).compare(0, outcome.data.size(), outcome.data) == 0));
      CHECK(outcome.data.size() >= most);
      most = outcome.data.size();
      if (const auto end = item.ends.find(size); end != item.ends.end()) {
        CHECK_FALSE(outcome.error);
        CHECK((outcome.data == end->second));
      } else {
        CHECK(outcome.says("unexpected end"));
        CHECK(outcome.says("at byte " + std::to_string(size)));
        CHECK(outcome.says((folder.path / "file").string()));
        CHECK(outcome.error->hint.find("cut off") != std::string::npos);
      }
    }
  }
}

TEST_CASE("no byte may change without an error or with another content", "[input]") {
  const TempFolder folder;
  const std::string text = sample(1500);
  for (const std::string& packed : {gzip_of(text), zstd_of(text)}) {
    for (std::size_t at = 4; at < packed.size(); ++at) {
      for (const int change : {0x01, 0x10, 0xff}) {
        std::string damaged = packed;
        damaged[at] = static_cast<char>(damaged[at] ^ change);
        INFO("byte " << at << " of " << packed.size() << " changed by " << change);
        const Outcome outcome = read_path(folder.file(damaged), 500);
        CHECK((outcome.error || outcome.data == text));
      }
    }
  }
}

TEST_CASE("all that is right before an error is delivered first", "[input]") {
  const TempFolder folder;
  const std::string one = sample(70'000), two = sample(90'000, 2);
  std::string gz = gzip_of(one);
  gz[gz.size() - 6] ^= 1;  // the CRC; the length is behind it
  Outcome outcome = read_path(folder.file(gz));
  CHECK((outcome.data == one));
  CHECK(outcome.says("damaged gzip data"));
  CHECK(outcome.says("incorrect data check"));
  gz = gzip_of(one);
  gz.back() ^= 1;
  outcome = read_path(folder.file(gz));
  CHECK((outcome.data == one));
  CHECK(outcome.says("incorrect length check"));

  gz = gzip_of(one);
  for (std::size_t size = 10; size < gz.size(); size += 97) {
    outcome = read_path(folder.file(gz.substr(0, size)), 1 + size % 300);
    CHECK(outcome.data.size() == inflated_size(gz.substr(0, size)));
    CHECK(outcome.says("unexpected end of gzip data"));
  }

  std::vector<std::size_t> ends;
  const std::string zst = zstd_blocks({one, two, one}, &ends);
  for (const std::size_t piece : {std::size_t{1000}, std::size_t{1} << 20}) {
    std::string damaged = zst;
    damaged.back() = static_cast<char>(damaged.back() ^ 1);
    outcome = read_path(folder.file(damaged), piece);
    CHECK((outcome.data == one + two + one));
    CHECK(outcome.says("damaged zstd data"));
    CHECK(outcome.says("checksum"));
    damaged = zst;
    damaged[ends[1]] = static_cast<char>(damaged[ends[1]] | 0x06);  // the third block is of the reserved type
    outcome = read_path(folder.file(damaged), piece);
    CHECK((outcome.data == one + two));
    CHECK(outcome.says("damaged zstd data"));
    outcome = read_path(folder.file(zst.substr(0, ends[1] + 10)), piece);
    CHECK((outcome.data == one + two));
    CHECK(outcome.says("unexpected end of zstd data at byte " + std::to_string(ends[1] + 10)));
  }
}

TEST_CASE("what follows the last member is an error with its place", "[input]") {
  const TempFolder folder;
  const std::string text = sample(5000);
  const std::string gz = gzip_of(text), zst = zstd_of(text);
  const std::string zeros(20, '\0');
  for (const std::string& packed : {gz + "x", gz + "\x1f" + "x", gz + zeros + "x", gz + zeros + gz, gz + zst,
                                    zst + "x", zst + "\x28\xb5", zst + std::string(1, '\0'), zst + gz}) {
    const bool gzip = packed.compare(0, gz.size(), gz) == 0;
    const std::string place = " at byte " + std::to_string(gzip ? gz.size() : zst.size());
    const Outcome outcome = read_path(folder.file(packed), 512);
    CHECK((outcome.data == text));
    if (packed == zst + "\x28\xb5") {  // as far as it goes, a frame
      CHECK(outcome.says("unexpected end of zstd data"));
      continue;
    }
    CHECK(outcome.says((gzip ? "trailing garbage after gzip data" : "trailing garbage after zstd data") +
                       place));
    CHECK(outcome.error->hint.find("head -c") != std::string::npos);
  }
}

TEST_CASE("a zstd window is granted up to 128 MiB", "[input]") {
  const TempFolder folder;
  const auto read_frame = [&](const std::string& header) {
    return read_path(folder.file(zstd_hello(header)));
  };
  CHECK(read_frame(std::string("\0\x88", 2)).data == "hello");
  CHECK(read_frame(std::string("\x20\x05", 2)).data == "hello");
  const Outcome outcome = read_frame(std::string("\0\x89", 2));  // 128 MiB and an eighth
  CHECK(outcome.says("needs more memory: zstd --long=28"));
  CHECK(outcome.error->code == Errc::unsupported);
  CHECK(outcome.error->hint.find("zstd -dc --long=28") != std::string::npos);
  CHECK(read_frame(std::string("\0\x90", 2)).says("--long=28"));
  CHECK(read_frame(std::string("\0\xa8", 2)).says("--long=31"));
  CHECK(read_frame(std::string("\xe0\0\0\0\x40\0\0\0\0", 9)).says("--long=30"));  // single segment of 1 GiB
  CHECK(read_frame(std::string("\0\xff", 2)).says("damaged zstd data"));
}

TEST_CASE("a bomb needs no more memory than its window", "[input]") {
  const TempFolder folder;
  constexpr std::size_t kBlocks = 100;
  const std::string zeros(1'000'000, '\0');
  const std::string gz = folder.path / "gz", zst = folder.path / "zst";
  {
    const UniqueFd fd(::open(gz.c_str(), O_CREAT | O_WRONLY, 0600));
    pack_gzip(kBlocks, zeros, [&](std::string_view part) { REQUIRE(write_all(fd.get(), part).ok()); });
  }
  (void)folder.file(zstd_blocks(std::vector<std::string>(kBlocks, zeros)), "zst");
  for (const std::string& path : {gz, zst}) {
    Result<InputStream> stream = InputStream::open(path);
    REQUIRE(stream.ok());
    std::string buffer(std::size_t{64} << 10, '\0');
    const long before = peak_kib(true);
    std::size_t total = 0;
    for (;;) {
      const Result<InputStream::Read> got = stream->read(buffer);
      REQUIRE(got.ok());
      total += got.value().bytes;
      if (got.value().end) break;
    }
    CHECK(total == kBlocks * zeros.size());
    CHECK(peak_kib(false) - before < 16 << 10);
  }
}
