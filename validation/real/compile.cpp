// A C++ compiler at work on a file that we write, which uses much of the standard library.
#include <fmt/format.h>

#include "core/sys/child_process.h"
#include "validation/real/makers.h"

namespace latimer::real {
namespace {

constexpr std::string_view kSource = R"source(#include <algorithm>
#include <iostream>
#include <map>
#include <regex>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  std::map<std::string, std::vector<int>> seen;
  const std::regex words("([a-z]+)-([0-9]+)");
  for (int i = 1; i < argc; ++i) {
    std::smatch parts;
    const std::string text = argv[i];
    if (std::regex_match(text, parts, words)) seen[parts[1]].push_back(std::stoi(parts[2]));
  }
  for (auto& [word, numbers] : seen) {
    std::sort(numbers.begin(), numbers.end());
    std::cout << word << ' ' << numbers.size() << '\n';
  }
}
)source";

}  // namespace

Result<Prepared> make_compile(Folder folder, std::uint64_t) {
  Result<std::string> compiler = resolve_command("g++");
  if (!compiler) return std::move(compiler).error();
  const std::string source = folder + "/words.cpp";
  const Status written = write_file(source, kSource);
  if (!written.ok()) return written.error();
  Prepared prepared;
  prepared.command = {*compiler, "-std=c++17", "-c", "-o", folder + "/words.o", source};
  // g++ starts the compiler proper and the assembler, and the compiler reads hundreds of headers.
  prepared.must_show = {{{"execve"}, 3},
                        {{"vfork", "clone", "clone3", "fork"}, 2},
                        {{"wait4", "waitid"}, 2},
                        {{"open", "openat"}, 200},
                        {{"read", "pread64"}, 200},
                        {{"mmap"}, 50}};
  return prepared;
}

}  // namespace latimer::real
