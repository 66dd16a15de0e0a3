#include "core/model/syscall_arguments.h"

#include <algorithm>
#include <vector>

#include "core/model/syscall_table.h"
#include "core/model/tables/arguments.h"

namespace latimer {
namespace {

void note(std::int8_t& place, std::uint8_t index) {
  if (place < 0) place = static_cast<std::int8_t>(index);
}

// "fd:F buf:X count:U"
CallSpec parse(std::string_view words) {
  CallSpec spec;
  spec.known = true;
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    const std::string_view word = words.substr(0, end);
    words.remove_prefix(std::min(end + 1, words.size()));
    CallArgumentSpec& argument = spec.arguments[spec.count];
    argument.name = word.substr(0, word.size() - 2);
    argument.kind = static_cast<ArgumentKind>(word.back());
    switch (argument.kind) {
      case ArgumentKind::descriptor:
      case ArgumentKind::folder:
        note(spec.descriptor, spec.count);
        break;
      case ArgumentKind::path:
        note(spec.path < 0 ? spec.path : spec.second_path, spec.count);
        break;
      case ArgumentKind::address:
        note(spec.address, spec.count);
        break;
      default:
        break;
    }
    ++spec.count;
  }
  return spec;
}

using Table = std::array<std::vector<CallSpec>, kAbiCount>;

Table make_table() {
  const auto& rows = tables::kSyscallArguments;
  Table table;
  for (const Abi abi : kAllAbis) {
    std::vector<CallSpec>& specs = table[static_cast<std::size_t>(abi)];
    specs.resize(kSyscallNumbers);
    for (int number = 0; number < kSyscallNumbers; ++number) {
      const std::string_view name = syscall_name_or_empty(abi, number);
      const auto row =
          std::lower_bound(rows.begin(), rows.end(), name,
                           [](const auto& have, std::string_view want) { return have.first < want; });
      if (!name.empty() && row != rows.end() && row->first == name)
        specs[static_cast<std::size_t>(number)] = parse(row->second);
    }
  }
  return table;
}

}  // namespace

int CallSpec::find(std::string_view name) const {
  for (int i = 0; i < count; ++i) {
    if (arguments[static_cast<std::size_t>(i)].name == name) return i;
  }
  return -1;
}

const CallSpec& call_spec(Abi abi, int number) {
  static const Table table = make_table();
  static const CallSpec unknown;
  if (number < 0 || number >= kSyscallNumbers) return unknown;
  return table[static_cast<std::size_t>(abi)][static_cast<std::size_t>(number)];
}

}  // namespace latimer
