// Result<T>: a value or an Error that says what went wrong, where, and what to do next.
//
// Every function that can fail for a reason outside the program returns one; it must be looked at
// ([[nodiscard]]). Exceptions from libraries are caught at the edge and turned into an Error.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace latimer {

enum class Errc {
  usage,           // the request makes no sense: exit status 2
  not_found,       // command, process or file does not exist (command: 127)
  not_executable,  // command exists but cannot be executed (126)
  permission,      // a privilege is missing; hint says how to get it
  unsupported,     // this kernel, tool version or machine cannot do it
  unavailable,     // a tool or facility is absent or broken right now
  target_gone,     // the process ended before it could be observed
  io,              // reading or writing failed
  truncated,       // a packed file ends in the middle; what came before was read
  internal,        // a defect of ours
};

struct Error {
  Errc code = Errc::internal;
  std::string message;  // what and where; one line, no full stop
  std::string hint;     // what to do next; may be empty, may be several lines
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value)
      : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT(google-explicit-constructor)
  Result(Error error)
      : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // Preconditions: ok() for the value, !ok() for the error.
  T& value() & {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    assert(ok());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    assert(ok());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  const Error& error() const& {
    assert(!ok());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    assert(!ok());
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

// A Result without a value. Default-constructed it is success.
class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Error error) : error_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  [[nodiscard]] bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const& {
    assert(!ok());
    return *error_;
  }
  Error&& error() && {
    assert(!ok());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace latimer
