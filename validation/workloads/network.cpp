// Two processes that talk: over pipes, over a socket pair with epoll, over TCP. One message is on its way at
// a time, so that none is ever read in pieces or together with the next.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"

namespace latimer::workload {
namespace {

constexpr std::uint64_t kRequest = 64;
constexpr std::uint64_t kResponse = 256;

char buffer[kResponse];

void write_all(int end, std::uint64_t size) {
  require(
      raw_syscall(SYS_write, end, as_argument(buffer), static_cast<long>(size)) == static_cast<long>(size),
      "write did not take all");
}

void read_all(int end, std::uint64_t size) {
  require(raw_syscall(SYS_read, end, as_argument(buffer), sizeof buffer) == static_cast<long>(size),
          "read did not return one message");
}

/// The child of these scenarios, which there is one of.
void record_child(Truth& truth) {
  truth.completed("x86_64:fork", 1);
  truth.child_returns(1);
  truth.completed("x86_64:wait4", 1);
}

void run_ping_pong(const Options& options, Truth& truth) {
  block_child_signal();
  int there[2], back[2];
  require(pipe(there) == 0 && pipe(back) == 0, "cannot make pipes");
  const pid_t child = raw_fork();
  if (child == 0) {
    close(there[1]);
    for (std::uint64_t i = 0; i < options.n; ++i) {
      read_all(there[0], 1);
      write_all(back[1], 1);
    }
    leave(kExitOk);
  }
  close(back[1]);
  for (std::uint64_t i = 0; i < options.n; ++i) {
    write_all(there[1], 1);
    read_all(back[0], 1);
  }
  raw_wait_for_success(child);
  record_child(truth);
  truth.completed("x86_64:read", 2 * options.n);
  truth.bytes("x86_64:read", 2 * options.n);
  truth.completed("x86_64:write", 2 * options.n);
  truth.bytes("x86_64:write", 2 * options.n);
}

[[noreturn]] void serve_by_epoll(int client, std::uint64_t requests) {
  const long epoll = raw_syscall(SYS_epoll_create1, 0);
  require(epoll >= 0, "epoll_create1 failed");
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  require(raw_syscall(SYS_epoll_ctl, epoll, EPOLL_CTL_ADD, client, as_argument(&wanted)) == 0,
          "epoll_ctl failed");
  for (std::uint64_t i = 0; i < requests; ++i) {
    epoll_event seen[4];
    require(raw_syscall(SYS_epoll_wait, epoll, as_argument(seen), 4, -1) == 1,
            "epoll_wait saw no single event");
    read_all(client, kRequest);
    write_all(client, kResponse);
  }
  leave(kExitOk);
}

void run_epoll(const Options& options, Truth& truth) {
  block_child_signal();
  int ends[2];
  require(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "cannot make a pair of sockets");
  const pid_t child = raw_fork();
  if (child == 0) {
    close(ends[0]);
    serve_by_epoll(ends[1], options.n);
  }
  close(ends[1]);
  for (std::uint64_t i = 0; i < options.n; ++i) {
    write_all(ends[0], kRequest);
    read_all(ends[0], kResponse);
  }
  raw_wait_for_success(child);
  record_child(truth);
  truth.completed("x86_64:epoll_create1", 1);
  truth.completed("x86_64:epoll_ctl", 1);
  truth.completed("x86_64:epoll_wait", options.n);
  truth.completed("x86_64:read", 2 * options.n);
  truth.bytes("x86_64:read", options.n * (kRequest + kResponse));
  truth.completed("x86_64:write", 2 * options.n);
  truth.bytes("x86_64:write", options.n * (kRequest + kResponse));
}

long internet_socket(int type) {
  const long made = raw_syscall(SYS_socket, AF_INET, type | SOCK_CLOEXEC, 0);
  if (made < 0) quit(kExitSkip, "this host has no IPv4");
  return made;
}

// A datagram socket connects by looking for a route: nobody has to answer.
void require_route(const sockaddr_in& address) {
  const long probe = internet_socket(SOCK_DGRAM);
  const long result = raw_syscall(SYS_connect, probe, as_argument(&address), sizeof address);
  if (result == -ENETUNREACH) quit(kExitSkip, "the loopback interface is down");
  require(result == 0, "connect failed");
  raw_syscall(SYS_close, probe);
}

/// Listens at a port of the loopback that the kernel chooses.
long listen_on_loopback(sockaddr_in& address) {
  const long listener = internet_socket(SOCK_STREAM);
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  require(raw_syscall(SYS_bind, listener, as_argument(&address), sizeof address) == 0, "bind failed");
  require(raw_syscall(SYS_listen, listener, 16) == 0, "listen failed");
  socklen_t size = sizeof address;
  require(raw_syscall(SYS_getsockname, listener, as_argument(&address), as_argument(&size)) == 0,
          "getsockname failed");
  return listener;
}

void send_all(long socket, std::uint64_t size) {
  require(raw_syscall(SYS_sendto, socket, as_argument(buffer), static_cast<long>(size), MSG_NOSIGNAL) ==
              static_cast<long>(size),
          "sendto did not take all");
}

void receive_all(long socket, std::uint64_t size) {
  require(raw_syscall(SYS_recvfrom, socket, as_argument(buffer), sizeof buffer) == static_cast<long>(size),
          "recvfrom did not return one message");
}

[[noreturn]] void serve_by_tcp(long listener, std::uint64_t requests) {
  require(prctl(PR_SET_PDEATHSIG, SIGKILL) == 0,
          "cannot die with the parent");  // accept4 has no end otherwise
  for (std::uint64_t i = 0; i < requests; ++i) {
    const long client = raw_syscall(SYS_accept4, listener, 0, 0, SOCK_CLOEXEC);
    require(client >= 0, "accept4 failed");
    receive_all(client, kRequest);
    send_all(client, kResponse);
    raw_syscall(SYS_close, client);
  }
  leave(kExitOk);
}

// A connection to each request.
void run_tcp(const Options& options, Truth& truth) {
  block_child_signal();
  sockaddr_in address{};
  const long listener = listen_on_loopback(address);
  require_route(address);
  const pid_t child = raw_fork();
  if (child == 0) serve_by_tcp(listener, options.n);
  raw_syscall(SYS_close, listener);
  for (std::uint64_t i = 0; i < options.n; ++i) {
    const long server = internet_socket(SOCK_STREAM);
    require(raw_syscall(SYS_connect, server, as_argument(&address), sizeof address) == 0, "connect failed");
    send_all(server, kRequest);
    receive_all(server, kResponse);
    raw_syscall(SYS_close, server);
  }
  raw_wait_for_success(child);
  record_child(truth);
  truth.completed("x86_64:socket", options.n + 2);
  for (const char* once : {"x86_64:bind", "x86_64:listen", "x86_64:getsockname"}) truth.completed(once, 1);
  truth.completed("x86_64:connect", options.n + 1);
  truth.completed("x86_64:accept4", options.n);
  truth.completed("x86_64:sendto", 2 * options.n);
  truth.bytes("x86_64:sendto", options.n * (kRequest + kResponse));
  truth.completed("x86_64:recvfrom", 2 * options.n);
  truth.bytes("x86_64:recvfrom", options.n * (kRequest + kResponse));
  truth.completed("x86_64:close", 2 * options.n + 2);
}

constexpr Scenario kScenarios[] = {
    {"ping-pong", 1'000, "a byte there and one back over two pipes, N times", run_ping_pong},
    {"epoll", 500, "N requests to a server that waits in epoll_wait, over a socket pair", run_epoll},
    {"tcp", 100, "N requests over the loopback, a connection to each", run_tcp},
};

}  // namespace

std::span<const Scenario> network_scenarios() { return kScenarios; }

}  // namespace latimer::workload
