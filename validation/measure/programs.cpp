#include "validation/measure/programs.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "validation/measure/way.h"

namespace latimer {

Result<std::string> find_program_of_ours(std::string_view name) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(own_program()).parent_path();
  std::vector<std::string> looked_in;
  for (const char* place : {".", "../validation/workloads", "../validation/overhead", "../libexec/latimer"}) {
    const fs::path path = (folder / place / name).lexically_normal();
    if (::access(path.c_str(), X_OK) == 0) return path.string();
    looked_in.push_back(path.parent_path().lexically_normal().string());
  }
  return Error{Errc::not_found, fmt::format("there is no {} in {}", name, fmt::join(looked_in, ", ")),
               "it is built and installed with latimer: ./dev build, or cmake --install"};
}

}  // namespace latimer
