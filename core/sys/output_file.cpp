#include "core/sys/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>

#include "core/sys/fd_util.h"

namespace latimer {
namespace {

constexpr mode_t kNewFileMode = 0666;  // less the umask

std::string follow_links(const std::string& path) {
  char buffer[PATH_MAX];
  return ::realpath(path.c_str(), buffer) != nullptr ? std::string(buffer) : path;
}

mode_t current_umask() {
  const mode_t mask = ::umask(022);
  ::umask(mask);
  return mask;
}

}  // namespace

Error OutputFile::failure(int number) const {
  return Error{number == EACCES || number == EPERM || number == EROFS ? Errc::permission : Errc::io,
               "cannot write " + path_ + ": " + errno_text(number), ""};
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      final_path_(std::move(other.final_path_)),
      temporary_(std::exchange(other.temporary_, {})),
      fd_(std::move(other.fd_)) {}

OutputFile::~OutputFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<OutputFile> OutputFile::create(const std::string& path) {
  OutputFile file;
  file.path_ = path;
  file.final_path_ = follow_links(path);
  struct stat info {};
  const bool exists = ::stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) return file.failure(EISDIR);
  if (!exists || S_ISREG(info.st_mode)) {
    if (exists && ::access(path.c_str(), W_OK) != 0)
      return file.failure(errno);  // a file made read-only is not to be replaced
    std::string temporary = file.final_path_ + ".XXXXXX";
    file.fd_.reset(::mkostemp(temporary.data(), O_CLOEXEC));
    if (file.fd_) {
      file.temporary_ = temporary;
      ::fchmod(file.fd_.get(), exists ? info.st_mode & 07777 : kNewFileMode & ~current_umask());
      return file;
    }
    if (!exists) return file.failure(errno);
  }
  file.fd_.reset(::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC));
  if (!file.fd_) return file.failure(errno);
  return file;
}

Status OutputFile::write(std::string_view text) {
  errno = 0;
  if (const Status status = write_all(fd_.get(), text); !status.ok()) return failure(errno);
  return {};
}

Status OutputFile::commit() {
  // close() is where a network file system reports what it could not store.
  if (::close(fd_.release()) != 0) return failure(errno);
  if (temporary_.empty()) return {};
  if (::rename(temporary_.c_str(), final_path_.c_str()) != 0) return failure(errno);
  temporary_.clear();
  return {};
}

}  // namespace latimer
