// FdTable: which descriptor of a process leads to which open file.
//
// Copying is cheap (fork): pages of 16 descriptors are shared until one of the copies changes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/engine/socket_address.h"

namespace latimer {

// What the kernel calls an open file description: several descriptors may lead to it, of several processes.
struct OpenFile {
  std::string
      name;  // core/model/target_kind.h; empty: nobody knows. A socket that gets a peer gets another one
  SocketFamily family = SocketFamily::unknown;
  SocketType type = SocketType::unknown;
};
using OpenFilePtr = std::shared_ptr<OpenFile>;

// When a call began and ended; nullopt: its tracer tells no times.
struct CallTimes {
  std::optional<std::int64_t> start_ns, end_ns;
};

class FdTable {
 public:
  // Descriptors from here on are not kept (the kernel's own limit, fs.nr_open, is the same unless raised).
  static constexpr std::int32_t kMostDescriptors = 1 << 20;

  // The file that a call on `fd` went to: the descriptor's present one, or the one before if the call began
  // before it was opened (another thread closed it meanwhile). nullptr: unknown. Good until the descriptor
  // has been opened or closed twice again.
  [[nodiscard]] const OpenFilePtr& find(std::int32_t fd, const CallTimes& call) const;

  void set(std::int32_t fd, OpenFilePtr file, bool close_on_exec, const CallTimes& opening);
  // A file that was opened by somebody else after `closing` began stays: that is why its number was free.
  void erase(std::int32_t fd, const CallTimes& closing);
  // Both ends included.
  void erase(std::int32_t first, std::int32_t last, const CallTimes& closing);
  void set_close_on_exec(std::int32_t first, std::int32_t last, bool value);
  void executed();  // closes those that are to be

 private:
  struct Slot {
    OpenFilePtr file, before;  // `before`: until this one was opened, or until it was closed
    std::optional<std::int64_t> opening_ns, opened_ns, closed_ns;
    bool close_on_exec = false;
  };
  static constexpr std::int32_t kPage = 16;
  using Page = std::array<Slot, kPage>;

  [[nodiscard]] const Slot* slot(std::int32_t fd) const;
  Page& own_page(std::size_t index);
  template <typename Change>
  void change(std::int32_t first, std::int32_t last, Change change);

  std::vector<std::shared_ptr<Page>> pages_;
};

}  // namespace latimer
