// OutputFile: -o. A regular file appears whole or not at all; devices, pipes and files in a folder that
// cannot be written to are written directly.
#pragma once

#include <string>
#include <string_view>

#include "core/model/result.h"
#include "core/sys/unique_fd.h"

namespace latimer {

class OutputFile {
 public:
  // Fails early: before a long capture, not after it.
  static Result<OutputFile> create(const std::string& path);

  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();  // without commit(): nothing was written

  [[nodiscard]] Status write(std::string_view text);
  // A full disk is noticed here at the latest.
  [[nodiscard]] Status commit();

 private:
  OutputFile() = default;
  [[nodiscard]] Error failure(int number) const;

  std::string path_;        // as the user gave it
  std::string final_path_;  // the file itself, links followed
  std::string temporary_;   // empty: written directly
  UniqueFd fd_;
};

}  // namespace latimer
