// Agreement: what FdTracker says of each descriptor, against the annotations of strace -y, which come from
// the kernel
// (/proc/PID/fd).
//
// What was open before the log began nobody could have followed: the first annotation of such a descriptor is
// taken over, as a live capture asks /proc, and counted apart. From then on the tracker is on its own.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "core/engine/descriptor_oracle.h"
#include "core/engine/fd_tracker.h"
#include "core/model/syscall_event.h"

namespace latimer::descriptors {

enum class Outcome : std::uint8_t {
  same,         // the same name
  same_number,  // a pipe or socket: the kernel's number goes with one of ours, and always the same
  same_file,    // another name of the same file: through symbolic links
  inherited,    // open before the log began: taken over
  other_name,   // the file was renamed or removed since it was opened
  different,    // another file, or none
};

class Agreement {
 public:
  Agreement();
  void add(SyscallEvent& event);

  [[nodiscard]] const std::map<Outcome, std::uint64_t>& counts() const { return counts_; }
  // The first few that are different: "PID CALL(FD): strace says X, the tracker Y".
  [[nodiscard]] const std::vector<std::string>& differences() const { return differences_; }

 private:
  // Answers with what strace says of the event that is looked at.
  class Annotation : public DescriptorOracle {
   public:
    std::optional<OpenDescriptor> descriptor(std::int32_t pid, std::int32_t fd) override;
    std::vector<OpenDescriptor> descriptors(std::int32_t, std::size_t) override { return {}; }
    std::optional<std::string> current_folder(std::int32_t) override { return folder; }

    std::optional<std::int32_t> fd;
    std::optional<std::string> name, folder;
    bool asked = false;
  };
  [[nodiscard]] Outcome judge(const std::string& told, const std::string& ours);

  Annotation annotation_;
  FdTracker tracker_;
  std::map<std::string, std::string> by_number_;  // "pipe:[12]" -> "pipe:#3"
  std::map<Outcome, std::uint64_t> counts_;
  std::vector<std::string> differences_;
};

}  // namespace latimer::descriptors
