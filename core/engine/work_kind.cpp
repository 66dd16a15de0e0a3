#include "core/engine/work_kind.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

#include "core/model/syscall_class.h"
#include "core/model/syscall_table.h"

namespace latimer {
namespace {

using Names = std::initializer_list<std::string_view>;

constexpr std::array kIn = {std::string_view("read"),    std::string_view("pread64"),
                            std::string_view("readv"),   std::string_view("preadv"),
                            std::string_view("preadv2"), std::string_view("recvfrom"),
                            std::string_view("recvmsg"), std::string_view("recv")};
constexpr std::array kOut = {
    std::string_view("write"),      std::string_view("pwrite64"), std::string_view("writev"),
    std::string_view("pwritev"),    std::string_view("pwritev2"), std::string_view("sendto"),
    std::string_view("sendmsg"),    std::string_view("send"),     std::string_view("sendfile"),
    std::string_view("sendfile64"), std::string_view("vmsplice")};

bool among(std::string_view name, Names names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What is `io` moves data, and only the target says of what; the rest is told by the call.
struct Kind {
  DataWay way = DataWay::none;
  Work work = Work::other;
  bool moves_data = false;
};

Work waiting_work(std::string_view name) {
  if (name.starts_with("epoll") || name.starts_with("poll") || name.starts_with("ppoll") ||
      name.find("select") != std::string_view::npos || name.starts_with("io_"))
    return Work::poll;
  if (name.starts_with("futex") || among(name, {"flock", "semop", "semtimedop", "semtimedop_time64"}))
    return Work::lock;
  if (name.starts_with("wait")) return Work::children;
  if (name.starts_with("accept") || name.starts_with("msgrcv") || name.starts_with("mq_")) return Work::poll;
  return Work::sleep;
}

Kind kind_of(Abi abi, int number) {
  Kind kind;
  const std::string_view name = syscall_name_or_empty(abi, number);
  if (name.empty()) return kind;
  if (std::find(kIn.begin(), kIn.end(), name) != kIn.end()) kind.way = DataWay::in;
  if (std::find(kOut.begin(), kOut.end(), name) != kOut.end()) kind.way = DataWay::out;
  switch (syscall_category(abi, number)) {
    case SyscallCategory::io:
      kind.moves_data = true;
      kind.work = Work::unknown_io;
      break;
    case SyscallCategory::metadata:
      kind.work = Work::metadata;
      break;
    case SyscallCategory::network:
      kind.work = Work::network;
      break;
    case SyscallCategory::sync:
      kind.work = Work::fsync;
      break;
    case SyscallCategory::process:
      kind.work = Work::process;
      break;
    case SyscallCategory::memory:
      kind.work = Work::memory;
      break;
    case SyscallCategory::wait:
      kind.work = waiting_work(name);
      break;
    case SyscallCategory::other:
      break;
  }
  return kind;
}

using Table = std::array<std::array<Kind, kSyscallNumbers>, kAbiCount>;

const Kind& kind_in_table(Abi abi, int number) {
  static const Table kTable = [] {
    Table table{};
    for (const Abi one : kAllAbis) {
      for (int i = 0; i < kSyscallNumbers; ++i)
        table[static_cast<std::size_t>(one)][static_cast<std::size_t>(i)] = kind_of(one, i);
    }
    return table;
  }();
  static const Kind kUnknown;
  if (number < 0 || number >= kSyscallNumbers) return kUnknown;
  return kTable[static_cast<std::size_t>(abi)][static_cast<std::size_t>(number)];
}

}  // namespace

DataWay data_way(Abi abi, int number) { return kind_in_table(abi, number).way; }

Work work_of(Abi abi, int number, TargetKind target) {
  const Kind& kind = kind_in_table(abi, number);
  if (!kind.moves_data) return kind.work;
  switch (target) {
    case TargetKind::file:
      return kind.way == DataWay::out ? Work::disk_write : Work::disk_read;
    case TargetKind::socket:
      return Work::network;
    case TargetKind::pipe:
      return Work::pipe;
    case TargetKind::device:
    case TargetKind::system:
    case TargetKind::other:
      return Work::other;
    case TargetKind::unknown:
      break;
  }
  return Work::unknown_io;
}

std::uint64_t bytes_moved(const SyscallEvent& event) {
  if (event.error != 0 || event.return_value.value_or(0) <= 0) return 0;
  return data_way(event.abi, event.number) == DataWay::none ? 0
                                                            : static_cast<std::uint64_t>(*event.return_value);
}

}  // namespace latimer
