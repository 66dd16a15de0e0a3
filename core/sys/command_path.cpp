#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string_view>

#include "core/sys/child_process.h"
#include "core/sys/fd_util.h"

namespace latimer {
namespace {

enum class Found { yes, no, not_executable };

// `error` is what execve would say.
Found look_at(const std::string& path, int& error) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) {
    error = errno;
    return error == EACCES ? Found::not_executable : Found::no;
  }
  if (S_ISDIR(info.st_mode)) {
    error = EISDIR;  // execve says EACCES, which nobody understands
    return Found::not_executable;
  }
  if (::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) != 0) {
    error = errno;
    return Found::not_executable;
  }
  return Found::yes;
}

Error not_executable(const std::string& path, int error) {
  return Error{Errc::not_executable, "cannot execute " + path + ": " + errno_text(error), ""};
}

}  // namespace

Result<std::string> resolve_command(const std::string& name) {
  int error = ENOENT;
  if (name.find('/') != std::string::npos) {
    switch (look_at(name, error)) {
      case Found::yes:
        return name;
      case Found::not_executable:
        return not_executable(name, error);
      case Found::no:
        return Error{Errc::not_found, "cannot execute " + name + ": " + errno_text(error), ""};
    }
  }
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "/bin:/usr/bin";  // the C library's default
  std::string refused;
  int refused_error = 0;
  while (!name.empty()) {
    const std::size_t colon = rest.find(':');
    std::string path(rest.substr(0, colon));
    path = path.empty() ? name : path + "/" + name;  // an empty element is the current folder
    switch (look_at(path, error)) {
      case Found::yes:
        return path;
      case Found::not_executable:
        if (error != EISDIR && refused.empty()) {
          refused = path;
          refused_error = error;
        }
        break;
      case Found::no:
        break;
    }
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  if (!refused.empty()) return not_executable(refused, refused_error);
  return Error{Errc::not_found, "command not found: " + name, ""};
}

}  // namespace latimer
