// What a scenario knows about its own system calls, and its one line of JSON.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace latimer::workload {

/// Appends to a fixed buffer; no allocation, so that it can be used while threads run. Excess ends in
/// `overflowed`.
class LineBuffer {
 public:
  void text(std::string_view piece);
  void number(std::uint64_t value);
  void quoted(std::string_view piece);
  [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }
  [[nodiscard]] bool overflowed() const { return overflowed_; }

 private:
  std::array<char, 16384> bytes_{};
  std::size_t size_ = 0;
  bool overflowed_ = false;
};

/// The truth of one run. Every figure is of calls that nothing but the scenario makes, so an observer who
/// followed the whole tree of processes must see exactly these. Calls are named "ABI:name"; the strings must
/// outlive it.
class Truth {
 public:
  /// `count` completions of `call`; adds up when called again.
  void completed(std::string_view call, std::uint64_t count);
  /// `count` completions that returned `error`, as the kernel returned it: ERESTARTSYS, not the program's
  /// EINTR. They are part of `completed` and are added to it here.
  void failed(std::string_view call, std::string_view error, std::uint64_t count);
  /// Calls that the death of their caller ended.
  void killed_inside(std::string_view call, std::uint64_t count) { add(killed_, call, count); }
  /// Calls that never end while the program lives.
  void in_flight(std::string_view call, std::uint64_t count) { add(in_flight_, call, count); }
  /// Calls with restarts joined, where that is not `completed`.
  void logical(std::string_view call, std::uint64_t count) { add(logical_, call, count); }
  /// A completion of `call` cannot have been shorter than this.
  void at_least_ns(std::string_view call, std::uint64_t nanoseconds) { add(at_least_, call, nanoseconds); }
  /// The time around all completions of `call`, measured from inside by a clock that makes no call: they
  /// cannot have taken longer in all, of all threads together.
  void took_ns(std::string_view call, std::uint64_t nanoseconds) { add(took_, call, nanoseconds); }
  /// Bytes that the completions of `call` moved, added up: what they returned or, where that is a number of
  /// messages (sendmmsg, recvmmsg), what those messages held.
  void bytes(std::string_view call, std::uint64_t count) { add(bytes_, call, count); }
  /// Returns in a child (fork, vfork, clone3) made by truth-bearing calls.
  void child_returns(std::uint64_t count) { child_returns_ += count; }
  /// Refused before the call was entered (seccomp); part of `completed`.
  void refused(std::string_view call, std::uint64_t count) { add(refused_, call, count); }
  /// What an observer sees besides when it launches the program and so sees its own execve return.
  void launch_adds(std::string_view call, std::uint64_t count) { add(launch_, call, count); }
  /// Of the completions, those of tasks that have changed user by executing a program: the kernel hides them
  /// from perf. An execution's own return is among them.
  void after_user_change(std::string_view call, std::uint64_t count) { add(after_change_, call, count); }
  void measured(std::string_view name, std::uint64_t value) { add(measured_, name, value); }
  /// The order in which a file was read, in one word: "sequential", "random".
  void pattern(std::string_view word) { pattern_ = word; }
  void note(std::string_view text) { note_ = text; }

  /// Writes the line with one call to standard output. False when it could not be written whole.
  [[nodiscard]] bool print(std::string_view scenario) const;

 private:
  struct Entry {
    std::string_view name;
    std::uint64_t value = 0;
  };
  struct Failure {
    std::string_view call;
    std::string_view error;
    std::uint64_t count = 0;
  };
  static constexpr std::size_t kMaxEntries = 64;
  using Entries = std::array<Entry, kMaxEntries>;

  static void add(Entries& entries, std::string_view name, std::uint64_t value);
  static void print_entries(LineBuffer& out, std::string_view title, const Entries& entries);
  void print_calls(LineBuffer& out) const;

  Entries calls_{}, killed_{}, in_flight_{}, logical_{}, at_least_{}, took_{}, bytes_{}, refused_{},
      launch_{}, after_change_{}, measured_{};
  std::array<Failure, kMaxEntries> failures_{};
  std::uint64_t child_returns_ = 0;
  std::string_view pattern_, note_;
};

}  // namespace latimer::workload
