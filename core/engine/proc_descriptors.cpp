#include "core/engine/proc_descriptors.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <system_error>

#include "core/engine/socket_address.h"
#include "core/sys/fd_util.h"
#include "core/sys/proc.h"

namespace latimer {
namespace {

constexpr unsigned kCloseOnExec = 02000000;  // O_CLOEXEC

bool closes_on_exec(std::int32_t pid, std::int32_t fd) {
  const auto info = read_file(fmt::format("/proc/{}/fdinfo/{}", pid, fd), 4096);
  if (!info) return false;
  const std::string_view text = info.value();
  const std::size_t at = text.find("flags:");
  if (at == std::string_view::npos) return false;
  const std::size_t digits = text.find_first_not_of("\t ", at + 6);
  if (digits == std::string_view::npos) return false;
  unsigned flags = 0;
  std::from_chars(text.data() + digits, text.data() + text.size(), flags, 8);
  return (flags & kCloseOnExec) != 0;
}

// "socket:[123]" -> 123; nullopt: no socket.
std::optional<std::uint64_t> socket_number(std::string_view name) {
  constexpr std::string_view kBegin = "socket:[";
  if (!name.starts_with(kBegin)) return std::nullopt;
  std::uint64_t inode = 0;
  std::from_chars(name.data() + kBegin.size(), name.data() + name.size(), inode);
  return inode;
}

// The bytes that /proc adds to the name of a file that is gone are taken off; not those of a name that ends
// like that.
void take_off_deleted(const std::string& link, std::string& name) {
  constexpr std::string_view kDeleted = " (deleted)";
  if (!name.starts_with('/') || !name.ends_with(kDeleted)) return;
  struct stat file {
  }, of_name{};
  const bool its_name = ::stat(link.c_str(), &file) == 0 && ::stat(name.c_str(), &of_name) == 0 &&
                        file.st_dev == of_name.st_dev && file.st_ino == of_name.st_ino;
  if (!its_name) name.resize(name.size() - kDeleted.size());
}

}  // namespace

std::optional<OpenDescriptor> ProcDescriptors::descriptor(std::int32_t pid, std::int32_t fd) {
  const std::string link = fmt::format("/proc/{}/fd/{}", pid, fd);
  auto name = link_of(link);
  if (!name) return std::nullopt;
  take_off_deleted(link, *name);
  if (name->starts_with("/memfd:")) name->erase(0, 1);
  if (const auto inode = socket_number(*name)) {
    if (auto socket = sockets_.name(pid, *inode)) name = std::move(socket);
  }
  return OpenDescriptor{fd, *std::move(name), closes_on_exec(pid, fd)};
}

std::vector<OpenDescriptor> ProcDescriptors::descriptors(std::int32_t pid, std::size_t most) {
  std::vector<std::int32_t> numbers;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(fmt::format("/proc/{}/fd", pid), error), end;
       !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::int32_t fd = -1;
    std::from_chars(name.data(), name.data() + name.size(), fd);
    if (fd >= 0) numbers.push_back(fd);
  }
  std::sort(numbers.begin(), numbers.end());
  if (numbers.size() > most) numbers.resize(most);
  std::vector<OpenDescriptor> open;
  for (const std::int32_t fd : numbers) {
    if (auto one = descriptor(pid, fd)) open.push_back(*std::move(one));
  }
  return open;
}

std::optional<std::string> ProcDescriptors::current_folder(std::int32_t pid) {
  const std::string link = fmt::format("/proc/{}/cwd", pid);
  auto name = link_of(link);
  if (name) take_off_deleted(link, *name);
  return name;
}

}  // namespace latimer
