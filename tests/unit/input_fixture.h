// What the tests of InputStream share: files and packed data to read, and a loop that reads all.
#pragma once

#include <fcntl.h>
#include <zlib.h>
#include <zstd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "core/sys/fd_util.h"
#include "core/sys/input_stream.h"

namespace latimer::test {

struct TempFolder {
  std::filesystem::path path;
  TempFolder() {
    char name[] = "/tmp/latimer-input-test-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~TempFolder() { std::filesystem::remove_all(path); }
  [[nodiscard]] std::string file(const std::string& data, const char* name = "file") const {
    const std::string made = path / name;
    const UniqueFd fd(::open(made.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0600));
    REQUIRE(write_all(fd.get(), data).ok());
    return made;
  }
};

inline void pack_gzip(std::size_t blocks, const std::string& block,
                      const std::function<void(std::string_view)>& put) {
  z_stream stream{};
  REQUIRE(::deflateInit2(&stream, 1, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(1 << 16, '\0');
  for (std::size_t i = 0; i <= blocks; ++i) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(block.data()));
    stream.avail_in = i < blocks ? static_cast<uInt>(block.size()) : 0;
    do {
      stream.next_out = reinterpret_cast<Bytef*>(out.data());
      stream.avail_out = static_cast<uInt>(out.size());
      ::deflate(&stream, i < blocks ? Z_NO_FLUSH : Z_FINISH);
      put({out.data(), out.size() - stream.avail_out});
    } while (stream.avail_out == 0);
  }
  ::deflateEnd(&stream);
}

inline std::string gzip_of(const std::string& data) {
  std::string packed;
  pack_gzip(1, data, [&](std::string_view part) { packed += part; });
  return packed;
}

// A frame with a checksum; `ends`, when wanted, gets the packed size after each block.
inline std::string zstd_blocks(const std::vector<std::string>& blocks,
                               std::vector<std::size_t>* ends = nullptr) {
  ZSTD_CCtx* context = ::ZSTD_createCCtx();
  ::ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
  std::string packed;
  std::string out(1 << 16, '\0');
  for (std::size_t i = 0; i <= blocks.size(); ++i) {
    ZSTD_inBuffer from{nullptr, 0, 0};
    if (i < blocks.size()) from = {blocks[i].data(), blocks[i].size(), 0};
    std::size_t left = 1;
    while (left != 0) {
      ZSTD_outBuffer to{out.data(), out.size(), 0};
      left = ::ZSTD_compressStream2(context, &to, &from, i < blocks.size() ? ZSTD_e_flush : ZSTD_e_end);
      REQUIRE(::ZSTD_isError(left) == 0);
      packed.append(out, 0, to.pos);
    }
    if (ends != nullptr) ends->push_back(packed.size());
  }
  ::ZSTD_freeCCtx(context);
  return packed;
}

inline std::string zstd_of(const std::string& data) { return zstd_blocks({data}); }

struct Outcome {
  std::string data;
  std::optional<Error> error;
  Compression compression = Compression::none;
  [[nodiscard]] bool says(std::string_view text) const {
    return error && error->message.find(text) != std::string::npos;
  }
};

inline Outcome drain(InputStream& stream, std::size_t piece = 4096) {
  Outcome outcome;
  std::string buffer(piece, '\0');
  for (;;) {
    const Result<InputStream::Read> got = stream.read(buffer);
    outcome.compression = stream.compression();
    if (!got.ok()) {
      outcome.error = got.error();
      CHECK(stream.read(buffer).error().message == got.error().message);  // it stays
      return outcome;
    }
    if (got.value().bytes > piece) FAIL("more than there is room for");
    outcome.data.append(buffer, 0, got.value().bytes);
    if (!got.value().end) continue;
    CHECK(got.value().bytes == 0);
    CHECK(stream.read(buffer).value().end);
    return outcome;
  }
}

inline Outcome read_path(const std::string& path, std::size_t piece = 4096) {
  Result<InputStream> stream = InputStream::open(path);
  if (!stream.ok()) return {"", stream.error(), Compression::none};
  return drain(*stream, piece);
}

// Text that packs neither to nothing nor not at all.
inline std::string sample(std::size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < size)
    text += "read(" + std::to_string(random() % 1000) + ") = " + std::to_string(random()) + "\n";
  text.resize(size);
  return text;
}

}  // namespace latimer::test
