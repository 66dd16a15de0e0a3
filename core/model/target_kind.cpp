#include "core/model/target_kind.h"

#include <algorithm>

namespace latimer {
namespace {

constexpr std::array<std::string_view, 11> kSocketWords = {
    "tcp", "udp", "raw", "sctp", "inet", "unix", "socket", "netlink", "packet", "bluetooth", "vsock"};

// "/dev/x" is below "/dev", and so is "/dev".
bool is_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool is_socket(std::string_view word) {
  for (const std::string_view suffix : {"-from", "-listen", "-bound"}) {
    if (word.ends_with(suffix)) word.remove_suffix(suffix.size());
  }
  return std::find(kSocketWords.begin(), kSocketWords.end(), word) != kSocketWords.end();
}

}  // namespace

TargetKind kind_of_target(std::string_view name) {
  if (name.empty()) return TargetKind::unknown;
  if (name.front() == '/') {
    if (is_below(name, "/dev")) return is_below(name, "/dev/shm") ? TargetKind::file : TargetKind::device;
    return is_below(name, "/proc") || is_below(name, "/sys") ? TargetKind::system : TargetKind::file;
  }
  if (name.front() == '.') return TargetKind::file;
  const std::size_t colon = name.find(':');
  if (colon == std::string_view::npos) return name == "received" ? TargetKind::other : TargetKind::file;
  const std::string_view word = name.substr(0, colon);
  if (word == "pipe") return TargetKind::pipe;
  if (word == "anon_inode") return TargetKind::other;
  return is_socket(word) ? TargetKind::socket : TargetKind::file;
}

}  // namespace latimer
