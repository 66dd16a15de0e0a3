// Messages to oneself over a pair of sockets, one a call and several a call.
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>

#include "validation/workloads/raw.h"
#include "validation/workloads/scenario.h"

namespace latimer::workload {
namespace {

constexpr unsigned kAtOnce = 4;
constexpr std::uint64_t kHead = 16;
constexpr std::uint64_t kBody = 48;
constexpr std::uint64_t kMessage = kHead + kBody;

/// A message in two pieces.
struct Message {
  char head[kHead];
  char body[kBody];
  iovec pieces[2] = {{head, kHead}, {body, kBody}};

  msghdr header() {
    msghdr made{};
    made.msg_iov = pieces;
    made.msg_iovlen = 2;
    return made;
  }
};

std::array<Message, kAtOnce> messages;

void send_one(int from, int to) {
  msghdr header = messages[0].header();
  require(raw_syscall(SYS_sendmsg, from, as_argument(&header), 0) == kMessage, "sendmsg did not take all");
  require(raw_syscall(SYS_recvmsg, to, as_argument(&header), 0) == kMessage, "recvmsg did not return all");
}

void send_several(int from, int to) {
  std::array<mmsghdr, kAtOnce> headers{};
  for (unsigned i = 0; i < kAtOnce; ++i) headers[i].msg_hdr = messages[i].header();
  require(raw_syscall(SYS_sendmmsg, from, as_argument(headers.data()), kAtOnce, 0) == kAtOnce,
          "sendmmsg did not take all");
  require(raw_syscall(SYS_recvmmsg, to, as_argument(headers.data()), kAtOnce, 0, 0) == kAtOnce,
          "recvmmsg did not return all");
  for (const mmsghdr& header : headers) require(header.msg_len == kMessage, "a message was cut");
}

// SOCK_SEQPACKET: the messages stay apart.
void run_socket_messages(const Options& options, Truth& truth) {
  int ends[2];
  require(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0, "cannot make a pair of sockets");
  for (std::uint64_t i = 0; i < options.n; ++i) {
    send_one(ends[0], ends[1]);
    send_several(ends[0], ends[1]);
  }
  for (const char* call : {"x86_64:sendmsg", "x86_64:recvmsg"}) {
    truth.completed(call, options.n);
    truth.bytes(call, options.n * kMessage);
  }
  for (const char* call : {"x86_64:sendmmsg", "x86_64:recvmmsg"}) {
    truth.completed(call, options.n);
    truth.bytes(call, options.n * kAtOnce * kMessage);
  }
}

constexpr Scenario kScenarios[] = {
    {"socket-messages", 500,
     "64 bytes by sendmsg and recvmsg, and four times that by sendmmsg and recvmmsg, N times",
     run_socket_messages},
};

}  // namespace

std::span<const Scenario> message_scenarios() { return kScenarios; }

}  // namespace latimer::workload
