#include "core/sys/temporary_folder.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "core/sys/fd_util.h"

namespace latimer {

Result<TemporaryFolder> TemporaryFolder::create() {
  const char* const chosen = std::getenv("TMPDIR");
  std::string path = std::string(chosen != nullptr && *chosen == '/' ? chosen : "/tmp") + "/latimer-XXXXXX";
  if (::mkdtemp(path.data()) == nullptr)
    return Error{Errc::io, "cannot make a folder " + path + ": " + errno_text(errno),
                 "TMPDIR names the folder for temporary files"};
  TemporaryFolder folder;
  folder.path_ = std::move(path);
  return folder;
}

TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;  // what cannot be removed stays
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

}  // namespace latimer
