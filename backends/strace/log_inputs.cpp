#include "backends/strace/log_inputs.h"

#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "backends/strace/scan.h"
#include "core/model/text_escape.h"

namespace latimer::strace {
namespace {

namespace fs = std::filesystem;

struct Named {
  std::string path;
  bool named = true;
};

// "out.strace.1234" and "out.strace.1234.gz" -> ("out.strace", 1234); tid 0: no such name.
std::pair<std::string, std::int32_t> family_of(std::string_view path) {
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (path.ends_with(packed)) path.remove_suffix(packed.size());
  }
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || path[dot - 1] == '/') return {};
  Cursor digits{path.substr(dot + 1), 0};
  const auto tid = scan_unsigned(digits, kMaxTid);
  if (!tid || *tid == 0 || !digits.done()) return {};
  return {std::string(path.substr(0, dot)), static_cast<std::int32_t>(*tid)};
}

Result<std::vector<Named>> files_in(const std::string& folder) {
  std::vector<Named> files;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    std::error_code broken;  // a link that leads nowhere, or round in circles
    if (!name.starts_with('.') && entry->is_regular_file(broken))
      files.push_back({entry->path().string(), false});
  }
  if (error) return Error{Errc::io, escape_bytes(folder) + ": cannot be read: " + error.message(), ""};
  if (files.empty()) {
    return Error{Errc::not_found, escape_bytes(folder) + ": the folder holds no files",
                 "give a log, or the folder that strace -ff -o wrote its logs to"};
  }
  std::sort(files.begin(), files.end(), [](const Named& a, const Named& b) { return a.path < b.path; });
  return files;
}

// A pattern that no shell has expanded: 'trace.*' in quotes.
std::vector<std::string> matches(const std::string& pattern) {
  std::vector<std::string> paths;
  glob_t found{};
  if (pattern.find_first_of("*?[") != std::string::npos &&
      ::glob(pattern.c_str(), GLOB_ERR, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
  }
  ::globfree(&found);
  return paths;
}

// The same file twice would be counted twice: of a folder's names for it the first one is taken, and what was
// given by name twice is a mistake.
Result<std::vector<Named>> each_once(const std::vector<Named>& files) {
  std::map<std::pair<dev_t, ino_t>, const Named*> known;
  std::vector<Named> once;
  for (const Named& file : files) {
    struct stat info {};
    const bool regular = file.path != "-" && ::stat(file.path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
    if (regular) {
      const auto [other, is_new] = known.try_emplace({info.st_dev, info.st_ino}, &file);
      if (!is_new && !file.named && !other->second->named) continue;
      if (!is_new)
        return Error{
            Errc::usage,
            escape_bytes(file.path) + " and " + escape_bytes(other->second->path) + " are the same log",
            "give it once: its calls would be counted twice"};
    }
    once.push_back(file);
  }
  return once;
}

Result<std::vector<Named>> expanded(const std::vector<std::string>& inputs) {
  std::vector<Named> files;
  bool standard_input = false;
  for (const std::string& input : inputs) {
    std::error_code error;
    if (input == "-") {
      if (standard_input) return Error{Errc::usage, "--input - can be given once only", ""};
      standard_input = true;
    } else if (!fs::exists(input, error)) {
      const std::vector<std::string> matching = matches(input);
      for (const std::string& path : matching) files.push_back({path, true});
      if (!matching.empty()) continue;
      return Error{
          Errc::not_found,
          escape_bytes(input) + ": " + (error ? error.message() : std::string("No such file or directory")),
          matches(input + ".[0-9]*").empty()
              ? "--input wants a log, a folder of them, or - for standard input"
              : "there are logs of strace -ff of that name: --input '" + escape_bytes(input) + ".*'"};
    } else if (fs::is_directory(input, error)) {
      Result<std::vector<Named>> inside = files_in(input);
      if (!inside) return inside;
      files.insert(files.end(), inside->begin(), inside->end());
      continue;
    }
    files.push_back({input, true});
  }
  return files;
}

}  // namespace

Result<std::vector<LogFile>> find_logs(const std::vector<std::string>& inputs) {
  const Result<std::vector<Named>> all = expanded(inputs);
  if (!all) return all.error();
  const Result<std::vector<Named>> files = each_once(*all);
  if (!files) return files.error();
  std::vector<std::vector<LogFile>> families;
  std::map<std::string, std::size_t> known;  // by what their names have in common
  for (const Named& file : *files) {
    const auto [stem, tid] = family_of(file.path);
    std::size_t family = families.size();
    if (tid != 0) family = known.try_emplace(stem, family).first->second;
    if (family == families.size()) families.emplace_back();
    families[family].push_back({file.path, tid, family, file.named});
  }
  std::vector<LogFile> logs;
  for (std::vector<LogFile>& family : families) {
    std::stable_sort(family.begin(), family.end(),
                     [](const LogFile& a, const LogFile& b) { return a.tid < b.tid; });
    logs.insert(logs.end(), family.begin(), family.end());
  }
  return logs;
}

}  // namespace latimer::strace
