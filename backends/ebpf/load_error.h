// Why a BPF object could not be loaded or attached, in words and with the fix.
#pragma once

#include <string>

#include "core/model/result.h"

namespace latimer::ebpf {

// While it lives, libbpf's messages are collected instead of printed. Not for several threads at once: libbpf
// has one callback per process.
class LibbpfLog {
 public:
  LibbpfLog();
  ~LibbpfLog();
  LibbpfLog(const LibbpfLog&) = delete;
  LibbpfLog& operator=(const LibbpfLog&) = delete;
  [[nodiscard]] const std::string& text() const;
};

[[nodiscard]] Error load_error(int error_number, const std::string& log);

}  // namespace latimer::ebpf
