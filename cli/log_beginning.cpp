#include "cli/log_beginning.h"

#include <filesystem>

#include "core/sys/input_stream.h"

namespace latimer {

std::string beginning_of(const std::string& path) {
  constexpr std::size_t kMost = std::size_t{64} << 10;
  std::error_code error;
  if (path == "-" || !std::filesystem::is_regular_file(path, error)) return "";
  Result<InputStream> stream = InputStream::open(path);
  if (!stream) return "";
  std::string beginning(kMost, '\0');
  std::size_t size = 0;
  while (size < kMost) {
    const auto read = stream->read({beginning.data() + size, kMost - size});
    if (!read || read->end) break;
    size += read->bytes;
  }
  beginning.resize(size);
  return beginning;
}

}  // namespace latimer
