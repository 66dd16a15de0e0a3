// zstd (RFC 8878) by libzstd: one frame, flushed whenever somebody wants to be sure that what was given can
// be read.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/model/result.h"

namespace latimer {

class ZstdEncoder {
 public:
  static Result<ZstdEncoder> create();

  // Appends to `out` all of `text`, packed; a reader of what was appended so far gets it all.
  [[nodiscard]] Status flush(std::string_view text, std::string& out);
  // Ends the frame; the next flush() begins another.
  [[nodiscard]] Status end(std::string& out);

 private:
  struct Free {
    void operator()(void* context) const;
  };
  Status run(std::string_view text, int directive, std::string& out);
  std::unique_ptr<void, Free> context_;
};

}  // namespace latimer
