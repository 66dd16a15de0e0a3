// The grammar of -e/--trace: text -> SyscallFilter. Used by SyscallFilter::parse only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/engine/syscall_filter.h"

namespace latimer {

class FilterParser {
 public:
  [[nodiscard]] Result<SyscallFilter> parse(std::string_view expression);

 private:
  // Each adds what one item selects to filter_ and returns its normalised spelling.
  [[nodiscard]] Result<std::string> add_item(std::string_view item, bool optional);
  [[nodiscard]] Result<std::string> add_regex(std::string_view item, bool optional);
  [[nodiscard]] Result<std::string> add_number(std::string_view item, std::string_view digits);
  [[nodiscard]] bool add_class(std::string_view item, std::string& spelling);
  [[nodiscard]] bool add_name(std::string_view item);

  SyscallFilter filter_;
};

// Splits at commas outside of /.../; blanks around an item are dropped.
[[nodiscard]] std::vector<std::string_view> split_filter_items(std::string_view list);

}  // namespace latimer
