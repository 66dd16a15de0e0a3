// A C++ compiler at work on a file that we write, which uses much of the standard library.
#include <fmt/format.h>

#include "core/sys/child_process.h"
#include "validation/real/makers.h"

namespace latimer::real {
namespace {

constexpr std::string_view kSource = R"source(#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  std::map<std::string, std::vector<int>> seen;
  for (int i = 1; i < argc; ++i) {
    const std::string text = argv[i];
    const std::size_t dash = text.find('-');
    if (dash != std::string::npos) seen[text.substr(0, dash)].push_back(std::stoi(text.substr(dash + 1)));
  }
  for (auto& [word, numbers] : seen) {
    std::sort(numbers.begin(), numbers.end());
    std::printf("%s %zu\n", word.c_str(), numbers.size());
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
