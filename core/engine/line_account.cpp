#include "core/engine/line_account.h"

namespace latimer {
namespace {

constexpr std::size_t kFirstRejected = 5;   // how many rejected lines are kept
constexpr std::size_t kRejectedText = 120;  // bytes of each

}  // namespace

void LineAccount::ignore(std::string_view kind) {
  ++lines_.total;
  const auto found = lines_.ignored.find(kind);
  ++(found != lines_.ignored.end() ? found->second : lines_.ignored[std::string(kind)]);
}

void LineAccount::reject(const Line& line, std::string_view reason, std::size_t column) {
  ++lines_.total;
  ++lines_.rejected[std::string(reason)];
  if (lines_.first_rejected.size() >= kFirstRejected) return;
  const std::string where = log_name_.empty() ? "" : log_name_ + ", ";
  lines_.first_rejected.push_back(
      where + "byte " + std::to_string(line.offset + column) + ", " + std::string(reason) + ": " +
      std::string(line.text.substr(0, kRejectedText)) + (line.text.size() > kRejectedText ? "..." : ""));
}

}  // namespace latimer
