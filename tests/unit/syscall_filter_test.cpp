#include "core/engine/syscall_filter.h"

#include <catch2/catch.hpp>

#include <random>
#include <string>

#include "core/engine/filter_parser.h"
#include "core/model/syscall_class.h"

using namespace latimer;

namespace {

SyscallFilter filter(std::string_view text) {
  Result<SyscallFilter> parsed = SyscallFilter::parse(text);
  INFO(text << (parsed.ok() ? "" : ": " + parsed.error().message));
  REQUIRE(parsed.ok());
  return std::move(parsed).value();
}

bool selects(const SyscallFilter& f, Abi abi, std::string_view name) {
  const auto number = syscall_number(abi, name);
  INFO(to_string(abi) << " " << name);
  REQUIRE(number);
  return f.selects(abi, *number);
}

std::string message(std::string_view text) {
  const Result<SyscallFilter> parsed = SyscallFilter::parse(text);
  INFO(text);
  REQUIRE_FALSE(parsed.ok());
  CHECK(parsed.error().code == Errc::usage);
  CHECK_FALSE(parsed.error().hint.empty());
  return parsed.error().message;
}

bool same_selection(const SyscallFilter& a, const SyscallFilter& b) {
  for (const Abi abi : kAllAbis) {
    if (a.mask(abi) != b.mask(abi)) return false;
  }
  return a.selects_unknown_numbers() == b.selects_unknown_numbers();
}

}  // namespace

TEST_CASE("a filter selects everything until it is told otherwise") {
  const SyscallFilter f;
  CHECK(f.selects_all());
  CHECK(f.selects(Abi::x86_64, 0));
  CHECK(f.selects(Abi::x86_64, -1));
  CHECK(f.selects(Abi::x86_64, kX32SyscallBit | 1));
  CHECK(f.text() == "all");
  CHECK(f.strace_expression() == "all");
  CHECK(same_selection(f, filter("all")));
  CHECK(same_selection(f, filter("!none")));
}

TEST_CASE("names select their number in each ABI that has them") {
  const SyscallFilter f = filter("openat,read, waitpid");
  CHECK(f.mask(Abi::x86_64).count() == 2);
  CHECK(f.mask(Abi::i386).count() == 3);
  CHECK(f.mask(Abi::aarch64).count() == 2);
  CHECK(f.selects(Abi::x86_64, 257));
  CHECK(f.selects(Abi::i386, 3));
  CHECK(f.selects(Abi::i386, 7));
  CHECK_FALSE(f.selects(Abi::x86_64, 7));
  CHECK_FALSE(f.selects_unknown_numbers());
  CHECK_FALSE(f.selects(Abi::x86_64, 100000));
  CHECK_FALSE(f.selects(Abi::x86_64, -1));
  CHECK(f.text() == "openat,read,waitpid");
  CHECK(f.names_absent_from(Abi::x86_64) == std::vector<std::string>{"waitpid"});
  CHECK(f.names_absent_from(Abi::i386).empty());
}

TEST_CASE("classes select what strace's classes select") {
  const SyscallFilter f = filter("%net,%pure");
  for (const Abi abi : kAllAbis) {
    CHECK(f.mask(abi) ==
          (syscall_class_mask(abi, SyscallClass::network) | syscall_class_mask(abi, SyscallClass::pure)));
  }
  CHECK(f.text() == "%network,%pure");
  CHECK(same_selection(filter("file"), filter("%file")));
  CHECK_FALSE(same_selection(filter("stat"), filter("%stat")));
  CHECK(selects(filter("%%stat"), Abi::x86_64, "statx"));
}

TEST_CASE("a leading ! takes everything else, nameless numbers included") {
  const SyscallFilter f = filter("!read,%file");
  CHECK_FALSE(selects(f, Abi::x86_64, "read"));
  CHECK_FALSE(selects(f, Abi::i386, "openat"));
  CHECK(selects(f, Abi::x86_64, "write"));
  CHECK(f.selects_unknown_numbers());
  CHECK(f.selects(Abi::x86_64, 400));
  CHECK(f.selects(Abi::x86_64, 100000));
  CHECK(f.selects(Abi::x86_64, -1));
  CHECK(f.text() == "!read,%file");
  CHECK(same_selection(filter("!!read"), filter("read")));
  CHECK(filter("!all").selects_nothing());
  CHECK(filter("none").selects_nothing());
  CHECK(filter("none").text() == "none");
  CHECK(same_selection(filter("! read"), filter("!read")));
}

TEST_CASE("regular expressions search in names") {
  const SyscallFilter f = filter("/^epoll_(wait|pwait)$/");
  CHECK(f.mask(Abi::x86_64).count() == 2);
  CHECK(f.mask(Abi::aarch64).count() == 1);
  CHECK(selects(filter("/poll/"), Abi::x86_64, "epoll_ctl"));
  CHECK(same_selection(filter("/^open"), filter("/^open/")));
  CHECK(filter("/^open,read").text() == "/^open/,read");
  CHECK(filter("/^[a-z]{3,4}$/,/x/").text() == "/^[a-z]{3,4}$/,/x/");
  CHECK(selects(filter("/^[a-z]{3,4}$/"), Abi::x86_64, "dup2") == false);
  CHECK(selects(filter("/^[a-z]{3,4}$/"), Abi::x86_64, "read"));
  CHECK_FALSE(filter("/read/").selects_unknown_numbers());
}

TEST_CASE("numbers select themselves in every ABI, known or not") {
  const SyscallFilter f = filter("59,syscall_400,syscall_0x1c3");
  CHECK(f.text() == "59,400,451");
  for (const Abi abi : kAllAbis) {
    CHECK(f.mask(abi).count() == 3);
    CHECK(f.selects(abi, 59));
    CHECK(f.selects(abi, 400));
    CHECK(f.selects(abi, 451));
  }
  CHECK_FALSE(f.selects_unknown_numbers());
}

TEST_CASE("strace's prefixes and question marks") {
  CHECK(same_selection(filter("trace=read"), filter("read")));
  CHECK(same_selection(filter("t=!read"), filter("!read")));
  CHECK(same_selection(filter("?nosuchcall,read"), filter("read")));
  CHECK(filter("?nosuchcall,?read").text() == "?nosuchcall,?read");
  CHECK(filter("?nosuchcall").selects_nothing());
  CHECK(filter("?/nosuch/,??read").selects(Abi::x86_64, 0));
  CHECK(filter("read,read , read").text() == "read");
}

TEST_CASE("what cannot be understood is refused, with what might have been meant") {
  CHECK(message("opennat") == "unknown system call 'opennat'; did you mean openat, open or openat2?");
  CHECK(message("read,raed") == "unknown system call 'raed'; did you mean read?");
  CHECK(message("%fil") == "unknown class of system calls '%fil'; did you mean %file?");
  CHECK(message("creds") == "unknown system call 'creds'; did you mean %creds or creat?");
  CHECK(message("zzzzzzzzz") == "unknown system call 'zzzzzzzzz'");
  CHECK(message("\x1b[2J\xff") == "unknown system call '\\x1b[2J\\xff'");
  CHECK(message("") == "no system call is named");
  CHECK(message("  ") == "no system call is named");
  CHECK(message("!") == "no system call is named");
  CHECK(message("trace=") == "no system call is named");
  CHECK(message("read,,write") == "empty item between commas in the list of system calls");
  CHECK(message("read,") == "empty item between commas in the list of system calls");
  CHECK(message("?") == "empty item between commas in the list of system calls");
  CHECK(message("? ?") == "empty item between commas in the list of system calls");
  CHECK(message("read,!write") == "'!write': ! can only stand before the whole list");
  CHECK(message("read,all") == "'all' cannot be part of a list");
  CHECK(message("512") == "system call number 512 is out of range");
  CHECK(message("4294967295") == "unknown system call '4294967295'");
  CHECK(message("59x") == "unknown system call '59x'");
  CHECK(message("signal=SIGINT") == "'signal=' is no way to choose system calls");
  CHECK(message("trace=?a=b") == "'a=' is no way to choose system calls");
  CHECK(message("//") == "empty regular expression //");
  CHECK(message("/") == "empty regular expression //");
  CHECK(message("/a**/") == "bad regular expression /a**/: bad repetition operator: ** at character 2");
  CHECK(message("/(/").starts_with("bad regular expression /(/: missing ):"));
  CHECK(message("/nosuch/") == "no system call's name matches /nosuch/");
}

TEST_CASE("splitting respects regular expressions") {
  using Items = std::vector<std::string_view>;
  CHECK(split_filter_items("a,b") == Items{"a", "b"});
  CHECK(split_filter_items(" a , b ") == Items{"a", "b"});
  CHECK(split_filter_items("") == Items{""});
  CHECK(split_filter_items("a,") == Items{"a", ""});
  CHECK(split_filter_items("/x{1,2}/,b") == Items{"/x{1,2}/", "b"});
  CHECK(split_filter_items("?/x{1,2}/ , b") == Items{"?/x{1,2}/", "b"});
  CHECK(split_filter_items("/x,b") == Items{"/x", "b"});
  CHECK(split_filter_items("/a/b/") == Items{"/a/b/"});
}

TEST_CASE("the normalised text selects the same") {
  std::mt19937 random(3);
  std::vector<std::string> pool = {"%file",         "%net",    "/^e/", "/a{1,2}/", "59",
                                   "syscall_0x1f0", "?nosuch", "/x",   "%%stat"};
  for (const Abi abi : kAllAbis) {
    for (const std::string_view name : syscall_names(abi)) {
      if (!name.empty()) pool.emplace_back(name);
    }
  }
  for (int i = 0; i < 500; ++i) {
    std::string text = random() % 3 == 0 ? "!" : "";
    const auto items = 1 + random() % 5;
    for (auto k = items; k > 0; --k) {
      const bool special = random() % 2 == 0;
      std::string item = pool[random() % (special ? 9 : pool.size())];
      if (item == "/x" && k > 1) item = "/x/";
      text += item + (k > 1 ? "," : "");
    }
    const SyscallFilter f = filter(text);
    INFO(text << " -> " << f.text());
    REQUIRE(same_selection(f, filter(f.text())));
  }
}

TEST_CASE("the expression for strace is a list of optional names") {
  CHECK(filter("read,openat").strace_expression() == "?openat,?read");
  CHECK(filter("!read").strace_expression() == "!?read");
  CHECK(filter("none").strace_expression() == "none");
  CHECK(filter("?nosuchcall").strace_expression() == "none");
  CHECK(filter("!none").strace_expression() == "all");
  CHECK(filter("!400").strace_expression() == "all");  // nameless: strace prints it whatever one says
#if defined(__x86_64__)
  CHECK(filter("waitpid").strace_expression() == "?waitpid");
  CHECK(filter("9").strace_expression() == "?link,?mmap");  // i386, x86_64; aarch64's 9 is no concern here
  CHECK(filter("/^ipc$/,/^signal$/").strace_expression() == "?/^ipc$,?/^signal$");
#endif
}

TEST_CASE("reading the expression for strace back selects at least the same named calls") {
  for (const char* text : {"read", "%file", "!%file", "openat2,read", "/^futex/", "!futex_wait", "9,59",
                           "%network,%desc", "!%ipc", "%signal"}) {
    const SyscallFilter f = filter(text);
    const SyscallFilter back = filter(f.strace_expression());
    INFO(text << ": " << f.strace_expression());
    for (const Abi abi : kHostAbis) {
      for (int number = 0; number < kSyscallNumbers; ++number) {
        const std::string_view name = syscall_name_or_empty(abi, number);
        if (name.empty()) continue;
        bool selected = false;  // in any ABI of this host: strace selects by name
        for (const Abi other : kHostAbis) {
          const auto same = syscall_number(other, name);
          selected = selected || (same && f.selects(other, *same));
        }
        INFO(to_string(abi) << " " << name);
        CHECK(back.selects(abi, number) == selected);
      }
    }
  }
}
