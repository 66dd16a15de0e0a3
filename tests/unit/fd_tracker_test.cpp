#include "core/engine/fd_tracker.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <catch2/catch.hpp>
#include <cerrno>

#include "tests/unit/fd_fixture.h"

using namespace latimer;
using namespace latimer::fd_fixture;

namespace {

std::string bytes_of(const auto& value) { return {reinterpret_cast<const char*>(&value), sizeof value}; }

std::string inet_bytes(const char* host, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  inet_pton(AF_INET, host, &address.sin_addr);
  return bytes_of(address);
}

constexpr const char* kWeb = "{sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr(\"10.0.0.5\")}, 16";

}  // namespace

TEST_CASE("a descriptor leads to what it was opened as", "[fd]") {
  Calls c;
  CHECK(c.text("openat", "AT_FDCWD, \"/etc/passwd\", O_RDONLY|O_CLOEXEC", 3).path == "/etc/passwd");
  const Answer read = c.text("read", "3, \"root\"..., 4096", 100);
  CHECK(read.fd == 3);
  CHECK(read.path == "/etc/passwd");
  CHECK(c.text("fstat", "3, {st_mode=S_IFREG|0644, st_size=1, ...}", 0).path == "/etc/passwd");
  CHECK(c.text("mmap", "NULL, 4096, PROT_READ, MAP_PRIVATE, 3, 0", 0x7f0000000000).path == "/etc/passwd");
  CHECK(
      c.text("mmap", "NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0", 0x7f0000000000).path.empty());
  CHECK(c.text("close", "3", 0).path == "/etc/passwd");
  CHECK(c.read(3).empty());
}

TEST_CASE("what nobody opened is unknown", "[fd]") {
  Calls c;
  const Answer read = c.text("read", "7, 0x7ffc, 10", 10);
  CHECK(read.fd == 7);
  CHECK(read.path.empty());
  CHECK(c.text("openat", "AT_FDCWD, 0x55d0, O_RDONLY", 3).path.empty());
  CHECK(c.read(3).empty());
  CHECK(c.text("getpid", "", 1).fd == std::nullopt);
  CHECK(c.read(1 << 30).empty());
  CHECK(c.text("close", "99999", 0).path.empty());
}

TEST_CASE("a failed call opens nothing, but is about its path", "[fd]") {
  Calls c;
  CHECK(c.text("openat", "AT_FDCWD, \"/nope\", O_RDONLY", -ENOENT).path == "/nope");
  CHECK(c.text("stat", "\"/nope/\\303\\251\\n\", 0x7ffc", -ENOENT).path == "/nope/\303\251\n");
}

TEST_CASE("paths are told from where the process is", "[fd]") {
  Calls c;
  CHECK(c.text("stat", "\"a\", 0x7ffc", 0).path == "./a");
  c.text("chdir", "\"/srv\"", 0);
  CHECK(c.text("stat", "\"a//./b/../c\", 0x7ffc", 0).path == "/srv/a/c");
  c.text("chdir", "\"data\"", 0);
  CHECK(c.text("stat", "\"x\", 0x7ffc", 0).path == "/srv/data/x");
  c.text("openat", "AT_FDCWD, \"/var/lib\", O_RDONLY|O_DIRECTORY", 5);
  const Answer below = c.text("newfstatat", "5, \"db/base\", {}, 0", 0);
  CHECK(below.path == "/var/lib/db/base");
  CHECK(below.fd == 5);
  CHECK(c.text("newfstatat", "5, \"\", {}, AT_EMPTY_PATH", 0).path == "/var/lib");
  c.text("fchdir", "5", 0);
  CHECK(c.text("unlink", "\"../x\"", 0).path == "/var/x");
  CHECK(c.text("unlinkat", "9, \"x\", 0", 0).path == "./x");
  CHECK(c.text("rename", "\"old\", \"new\"", 0).path == "/var/lib/old");
  CHECK(c.text("symlink", "\"text\", \"link\"", 0).path == "/var/lib/link");
}

TEST_CASE("duplicates share a file, and outlive each other", "[fd]") {
  Calls c;
  c.text("open", "\"/f\", O_RDWR", 3);
  c.text("dup", "3", 4);
  c.text("dup2", "3, 1", 1);
  c.text("dup3", "3, 9, O_CLOEXEC", 9);
  c.text("fcntl", "3, F_DUPFD, 20", 20);
  c.text("fcntl", "3, F_DUPFD_CLOEXEC, 30", 30);
  c.text("close", "3", 0);
  for (const int fd : {4, 1, 9, 20, 30}) CHECK(c.read(fd) == "/f");
  CHECK(c.read(3).empty());
}

TEST_CASE("exec closes what is to be closed, and nothing else", "[fd]") {
  Calls c;
  c.text("open", "\"/kept\", O_RDWR", 3);
  c.text("open", "\"/closed\", O_RDWR|O_CLOEXEC", 4);
  c.text("open", "\"/set\", O_RDWR", 5);
  c.text("fcntl", "5, F_SETFD, FD_CLOEXEC", 0);
  c.text("open", "\"/unset\", O_RDWR|O_CLOEXEC", 6);
  c.text("fcntl", "6, F_SETFD, 0", 0);
  c.text("openat2", "AT_FDCWD, \"/how\", {flags=O_RDONLY|O_CLOEXEC, resolve=0}, 24", 7);
  c.text("dup3", "3, 8, O_CLOEXEC", 8);
  c.text("open", "\"/range\", O_RDWR", 11);
  c.text("close_range", "10, 4294967295, CLOSE_RANGE_CLOEXEC", 0);
  CHECK(c.text("execve", "\"/nope\", [\"nope\"], 0x7f", -ENOENT).path == "/nope");
  CHECK(c.read(4) == "/closed");
  CHECK(c.text("execve", "\"/bin/true\", [\"true\"], 0x7f /* 3 vars */", 0).path == "/bin/true");
  CHECK(c.read(3) == "/kept");
  CHECK(c.read(6) == "/unset");
  for (const int fd : {4, 5, 7, 8, 11}) CHECK(c.read(fd).empty());
}

TEST_CASE("a child has its own copy of the descriptors", "[fd]") {
  Calls c;
  c.text("open", "\"/f\", O_RDWR", 3);
  c.text("chdir", "\"/srv\"", 0);
  c.forked(1, 2);
  c.text("close", "3", 0, 2);
  c.text("chdir", "\"/tmp\"", 0, 2);
  c.text("open", "\"x\", O_RDWR", 3, 2);
  CHECK(c.read(3) == "/f");
  CHECK(c.read(3, 2) == "/tmp/x");
  CHECK(c.text("stat", "\"y\", 0x7f", 0).path == "/srv/y");
}

TEST_CASE("a parent's clone tells of a child that nobody announced", "[fd]") {
  Calls c;
  c.text("open", "\"/f\", O_RDWR", 3);
  c.text("clone", "child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f", 2);
  c.text("clone", "child_stack=0x7f, flags=CLONE_VM|CLONE_FS|CLONE_FILES|SIGCHLD", 3);
  c.text("clone3", "{flags=CLONE_VM|CLONE_FILES|CLONE_THREAD, child_tid=0x7f}, 88", 4);
  c.text("open", "\"/later\", O_RDWR", 5);
  CHECK(c.read(3, 2) == "/f");
  CHECK(c.read(5, 2).empty());
  CHECK(c.read(5, 3) == "/later");
}

TEST_CASE("threads share, until one does not want to", "[fd]") {
  Calls c;
  constexpr std::uint64_t kThread = 0x10000 | 0x400 | 0x200;
  c.forked(1, 7, kThread, 1);
  SyscallEvent event;
  const auto in_thread = [&](std::string_view name, std::string_view args, std::int64_t value) {
    event = SyscallEvent{};
    event.number = number_of(name);
    event.tid = 7;
    event.tgid = 1;
    event.text_args = args;
    event.return_value = value;
    c.tracker.track(event);
    return std::string(event.path);
  };
  in_thread("open", "\"/f\", O_RDWR", 3);
  CHECK(c.read(3) == "/f");
  in_thread("unshare", "CLONE_FILES", 0);
  in_thread("close", "3", 0);
  CHECK(in_thread("read", "3, 0x7f, 1", 0).empty());
  CHECK(c.read(3) == "/f");
}

TEST_CASE("sockets are named by their peers", "[fd]") {
  Calls c;
  c.text("socket", "AF_INET, SOCK_STREAM|SOCK_CLOEXEC, IPPROTO_IP", 3);
  CHECK(c.text("setsockopt", "3, SOL_TCP, TCP_NODELAY, [1], 4", 0).path == "tcp:");
  CHECK(c.text("connect", std::string("3, ") + kWeb, -EINPROGRESS).path == "tcp:10.0.0.5:443");
  CHECK(c.text("sendto", "3, \"GET\"..., 100, 0, NULL, 0", 100).path == "tcp:10.0.0.5:443");
  c.text("socket", "AF_INET, SOCK_STREAM, IPPROTO_IP", 4);
  CHECK(c.text("connect", std::string("4, ") + kWeb, -ECONNREFUSED).path == "tcp:10.0.0.5:443");
  CHECK(c.text("write", "4, \"x\", 1", -EPIPE).path == "tcp:");
  c.text("socket", "AF_INET, SOCK_DGRAM, IPPROTO_IP", 5);
  CHECK(c.text("sendto", std::string("5, \"x\", 1, 0, ") + kWeb, 1).path == "udp:10.0.0.5:443");
  CHECK(c.text("close", "5", 0).path == "udp:");
}

TEST_CASE("listening sockets and whom they accept", "[fd]") {
  Calls c;
  c.text("socket", "AF_INET6, SOCK_STREAM, IPPROTO_IP", 3);
  const std::string any =
      "{sa_family=AF_INET6, sin6_port=htons(80), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, \"::\", "
      "&sin6_addr), sin6_scope_id=0}, 28";
  CHECK(c.text("bind", "3, " + any, 0).path == "tcp-bound:[::]:80");
  CHECK(c.text("listen", "3, 511", 0).path == "tcp-bound:[::]:80");  // as it was when the call began
  const std::string client =
      "{sa_family=AF_INET6, sin6_port=htons(5), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "
      "\"::1\", &sin6_addr), sin6_scope_id=0}, [28]";
  CHECK(c.text("accept4", "3, " + client + ", SOCK_CLOEXEC", 4).path == "tcp-listen:[::]:80");
  CHECK(c.read(4) == "tcp-from:[::1]:5");
  c.text("socket", "AF_UNIX, SOCK_STREAM, 0", 6);
  c.text("bind", "6, {sa_family=AF_UNIX, sun_path=\"/run/x, y\"}, 110", 0);
  c.text("listen", "6, 5", 0);
  c.text("accept", "6, NULL, NULL", 7);
  CHECK(c.read(7) == "unix:/run/x, y");
  c.text("socket", "AF_UNIX, SOCK_STREAM, 0", 8);
  CHECK(c.text("connect", "8, {sa_family=AF_UNIX, sun_path=@\"abs\"}, 7", 0).path == "unix:@abs");
  CHECK(c.read(8) == "unix:@abs");
}

TEST_CASE("pipes, pairs and descriptors of other things", "[fd]") {
  Calls c;
  c.text("pipe2", "[3, 4], O_CLOEXEC", 0);
  c.text("pipe", "[5<pipe:[12]>, 6<pipe:[12]>]", 0);
  CHECK(c.read(3) == "pipe:#1");
  CHECK(c.text("write", "4, \"\", 0", 0).path == "pipe:#1");
  CHECK(c.read(5) == "pipe:#2");
  c.text("socketpair", "AF_UNIX, SOCK_STREAM, 0, [7, 8]", 0);
  CHECK(c.read(8) == "unix:#1");
  c.text("epoll_create1", "EPOLL_CLOEXEC", 9);
  CHECK(c.text("epoll_wait", "9, [], 10, 0", 0).path == "anon_inode:[eventpoll]");
  CHECK(c.text("epoll_ctl", "9, EPOLL_CTL_ADD, 3, {events=EPOLLIN, data={u32=3}}", 0).fd == 9);
  c.text("memfd_create", "\"jit\", MFD_CLOEXEC", 10);
  CHECK(c.text("ftruncate", "10, 4096", 0).path == "memfd:jit");
  c.text("execve", "\"/bin/true\", [\"true\"], 0x7f", 0);
  for (const int fd : {3, 4, 9, 10}) CHECK(c.read(fd).empty());
  CHECK(c.read(5) == "pipe:#2");
}

TEST_CASE("a file without a name is not its folder", "[fd]") {
  Calls c;
  CHECK(c.text("openat", "AT_FDCWD, \"/var/tmp\", O_RDWR|O_TMPFILE, 0600", 3).path == "/var/tmp");
  CHECK(c.text("write", "3, \"\", 0", 0).path == "/var/tmp/(O_TMPFILE)");
  using namespace std::string_literals;
  c.registers("open", {0x7f, 020200002, 0600}, 4, {{0, "/var/tmp\0"s}});
  CHECK(c.read(4) == "/var/tmp/(O_TMPFILE)");
  c.registers("open", {0x7f, 0200000, 0}, 5, {{0, "/var/tmp\0"s}});  // O_DIRECTORY
  CHECK(c.read(5) == "/var/tmp");
}

TEST_CASE("a message has the address of its peer", "[fd]") {
  Calls c;
  c.text("socket", "AF_INET, SOCK_DGRAM, IPPROTO_UDP", 3);
  const std::string to =
      "{msg_name={sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr(\"10.0.0.5\")}, msg_namelen=16, "
      "msg_iov=[{iov_base=\"\", iov_len=1}], msg_iovlen=1, msg_controllen=0, msg_flags=0}";
  CHECK(c.text("sendmsg", "3, " + to + ", 0", 1).path == "udp:10.0.0.5:53");
  CHECK(c.text("recvmsg", "3, " + to + ", 0", 1).path == "udp:10.0.0.5:53");
  CHECK(c.text("sendmsg", "3, {msg_name=NULL, msg_namelen=0}, 0", 1).path == "udp:");
  c.registers("socket", {2, 2, 0}, 4);
  CHECK(c.registers("sendmsg", {4, 0x7f, 0}, 1, {{MemoryPiece::kMessageName, inet_bytes("10.0.0.9", 53)}})
            .path == "udp:10.0.0.9:53");
  CHECK(c.registers("recvmsg", {4, 0x7f, 0}, 1, {{MemoryPiece::kMessageName, inet_bytes("10.0.0.9", 53)}})
            .path == "udp:10.0.0.9:53");
  // A connected stream's peer is known, whatever the message says.
  c.text("socket", "AF_INET, SOCK_STREAM, 0", 5);
  c.text("connect", std::string("5, ") + kWeb, 0);
  CHECK(c.text("sendmsg", "5, " + to + ", 0", 1).path == "tcp:10.0.0.5:443");
}

TEST_CASE("descriptors that came through a socket", "[fd]") {
  Calls c;
  c.text("recvmsg",
         "5, {msg_name=NULL, msg_iov=[{iov_base=\"x\", iov_len=1}], msg_control=[{cmsg_len=24, "
         "cmsg_level=SOL_SOCKET, "
         "cmsg_type=SCM_RIGHTS, cmsg_data=[6, 7</etc/x>]}], msg_flags=0}, 0",
         1);
  CHECK(c.read(6) == "received");
  CHECK(c.read(7) == "received");
}

TEST_CASE("registers and memory tell the same as text", "[fd]") {
  Calls c;
  using namespace std::string_literals;
  const std::uint64_t here = static_cast<std::uint32_t>(-100);
  CHECK(c.registers("openat", {here, 0x55d0, 02000000}, 3, {{1, "/etc/passwd\0junk"s}}).path ==
        "/etc/passwd");
  CHECK(c.registers("read", {3, 0x7f, 10}, 10).path == "/etc/passwd");
  CHECK(c.registers("read", {0xffffffff00000003, 0x7f, 10}, 10).path == "/etc/passwd");
  const std::array<std::int32_t, 2> ends = {4, 5};
  c.registers("pipe2", {0x7f, 0}, 0, {{0, bytes_of(ends)}});
  CHECK(c.read(5) == "pipe:#1");
  c.registers("socket", {2, 1 | 02000000, 0}, 6);
  CHECK(c.registers("connect", {6, 0x7f, 16}, 0, {{1, inet_bytes("10.0.0.5", 443)}}).path ==
        "tcp:10.0.0.5:443");
  const std::array<std::uint64_t, 3> how = {02000000, 0, 0};
  c.registers("openat2", {here, 0x55, 0x66, 24}, 7, {{1, "/how\0"s}, {2, bytes_of(how)}});
  struct {
    std::uint64_t length = 24;
    std::int32_t level = 1, type = 1;
    std::int32_t fds[2] = {8, 9};
  } rights;
  c.registers("recvmsg", {5, 0x7f, 0}, 1, {{1, bytes_of(rights)}});
  CHECK(c.read(9) == "received");
  c.registers("execve", {0x55, 0, 0}, 0, {{0, "/bin/true\0"s}});
  for (const int fd : {3, 6, 7}) CHECK(c.read(fd).empty());
  CHECK(c.read(5) == "pipe:#1");
  CHECK(c.registers("mmap", {0, 4096, 1, 2, 5, 0}, 0x7f0000000000).fd == 5);
}

TEST_CASE("perf trace names its arguments and leaves zeros out", "[fd]") {
  Calls c;
  c.text("dup2", "oldfd: 5, newfd: 3", 3);
  c.text("openat", "dfd: CWD, filename: 0xb535f2a0, flags: RDONLY|CLOEXEC", 4);
  const Answer answer = c.text("read", "buf: 0x7ffc, count: 10", 10);
  CHECK(answer.fd == 0);
  CHECK(c.text("read", "fd: 4</etc/ld.so.cache>, buf: 0x7f, count: 832", 832).path == "/etc/ld.so.cache");
}

TEST_CASE("what the tracer says about a descriptor is believed, and remembered", "[fd]") {
  Calls c;
  CHECK(c.text("read", "3</tmp/we\\74ird\\76\\\"pa,th)>(deleted), \"\"..., 10", 0).path ==
        "/tmp/we<ird>\"pa,th)");
  CHECK(c.read(3) == "/tmp/we<ird>\"pa,th)");
  CHECK(c.text("write", "1</dev/null<char 1:3>>, \"\", 1", 1).path == "/dev/null");
  CHECK(c.text("read", "4<TCP:[127.0.0.1:5->10.0.0.5:443]>, \"\", 1", 1).path == "tcp:10.0.0.5:443");
  CHECK(c.text("read", "5<UNIX-STREAM:[33998->33993,\"/run/a->b].sock\"]>, \"\", 1", 1).path ==
        "unix:/run/a->b].sock");
  CHECK(c.text("openat", "AT_FDCWD</srv>, \"x\", O_RDONLY", 6).path == "/srv/x");
  CHECK(c.text("stat", "\"y\", 0x7f", 0).path == "/srv/y");
  FdTrackerOptions doubtful;
  doubtful.believe_annotations = false;
  Calls d(doubtful);
  CHECK(d.text("read", "3</etc/passwd>, \"\"..., 10", 0).path.empty());
}

TEST_CASE("a call is about the file that its descriptor led to when it began", "[fd]") {
  Calls c;
  c.text("open", "\"/old\", O_RDWR", 3);  // 1000 to 1010
  c.text("close", "3", 0);                // 1020
  c.text("open", "\"/new\", O_RDWR", 3);  // 1040
  // Another thread's reads, which began before.
  CHECK(c.read(3, 1, 1015) == "/old");
  CHECK(c.read(3) == "/new");
  c.text("close", "3", 0);  // 1100
  CHECK(c.read(3, 1, 1090) == "/new");
  CHECK(c.read(3).empty());
}

TEST_CASE("a close that ends late does not close what was opened meanwhile", "[fd]") {
  Calls c;
  c.text("open", "\"/old\", O_RDWR", 3);
  const std::int64_t closing = c.now_ns;
  c.text("open", "\"/new\", O_RDWR", 3);
  c.text("close", "3", 0, 1, closing);
  CHECK(c.read(3) == "/new");
}

TEST_CASE("a hundred thousand descriptors, and a child that closes them all", "[fd]") {
  Calls c;
  for (int fd = 3; fd < 100'000; ++fd) c.text("open", "\"/f" + std::to_string(fd) + "\", O_RDWR", fd);
  c.forked(1, 2);
  c.text("close_range", "3, 4294967295, 0", 0, 2);
  CHECK(c.read(77'777) == "/f77777");
  CHECK(c.read(77'777, 2).empty());
}

TEST_CASE("a process number that comes again is another process", "[fd]") {
  Calls c;
  SyscallEvent event;
  event.number = number_of("open");
  event.tid = 5;
  event.tgid = 5;
  event.epoch = 100;
  event.text_args = "\"/f\", O_RDWR";
  event.return_value = 3;
  c.tracker.track(event);
  event.number = number_of("read");
  event.text_args = "3, 0x7f, 1";
  c.tracker.track(event);
  CHECK(event.path == "/f");
  event.path = {};
  event.epoch = 200;
  c.tracker.track(event);
  CHECK(event.path.empty());
}

TEST_CASE("what a call does to its own descriptor leaves its name whole", "[fd]") {
  Calls c;
  const std::string any = "{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"0.0.0.0\")}, 16";
  c.text("socket", "AF_INET, SOCK_STREAM, IPPROTO_IP", 3);
  c.text("bind", "3, " + any, 0);
  c.text("listen", "3, 511", 0);
  CHECK(c.text("accept", "3, NULL, NULL", 3).path == "tcp-listen:0.0.0.0:80");
  const std::string rights = "3, {msg_control=[{cmsg_type=SCM_RIGHTS, cmsg_data=[3]}]}, 0";
  c.text("open", "\"/a name that is longer than a string keeps in itself\", O_RDWR", 3);
  CHECK(c.text("recvmsg", rights, 1).path == "/a name that is longer than a string keeps in itself");
}
