#include "core/engine/connection_builder.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <utility>

#include "core/engine/fd_effect.h"
#include "core/model/syscall_table.h"

namespace latimer {
namespace {

std::uint64_t key_of(const SyscallEvent& event, std::int32_t fd) {
  const auto pid = static_cast<std::uint32_t>(event.tgid.value_or(event.tid));
  return std::uint64_t{pid} << 32 | static_cast<std::uint32_t>(fd);
}

std::uint64_t between(std::int64_t from, std::int64_t to) {
  return to > from ? static_cast<std::uint64_t>(to - from) : 0;
}

}  // namespace

std::string_view peer_without_port(std::string_view name) {
  const std::size_t colon = name.find(':');
  if (colon == std::string_view::npos || !name.substr(0, colon).ends_with("-from")) return name;
  const std::size_t port = name.rfind(':');
  return port > colon ? name.substr(0, port) : name;
}

ConnectionBuilder::Peer* ConnectionBuilder::peer_of(std::string_view name) {
  const auto known = peers_.find(name);
  if (known != peers_.end()) return &known->second;
  if (peers_.size() >= kMost) return nullptr;
  return &peers_[std::string(name)];
}

void ConnectionBuilder::connected(const SyscallEvent& event, std::int64_t end_ns) {
  if (!event.fd) return;
  Peer* peer = peer_of(event.path);
  if (peer == nullptr) {
    ++left_out_;
    return;
  }
  ++peer->count;
  const bool later = event.error == EINPROGRESS;
  if (event.error != 0 && !later) {
    ++peer->failed;
    return;
  }
  if (open_.size() >= kMost) {
    ++left_out_;
    return;
  }
  Connection& connection = open_[key_of(event, *event.fd)];
  connection = {};
  connection.peer = event.path;
  connection.begun_ns = *event.start_ns;
  connection.connects = true;
  connection.establishing = later;
  if (later) return;
  connection.established_ns = end_ns;
  peer->establish.record(between(*connection.begun_ns, end_ns));
}

void ConnectionBuilder::moved(Connection& connection, const CallFigures& call, std::int64_t end_ns) {
  Peer* peer = peer_of(connection.peer);
  if (peer == nullptr) return;
  if (connection.establishing) {
    connection.establishing = false;
    connection.established_ns = end_ns;
    peer->establish.record(between(*connection.begun_ns, end_ns));
  }
  if (call.way == DataWay::out) {
    peer->written_bytes += call.bytes;
    return;
  }
  peer->read_bytes += call.bytes;
  if (std::exchange(connection.first_byte_seen, true)) return;
  if (const auto since = connection.established_ns ? connection.established_ns : connection.begun_ns)
    peer->first_byte.record(between(*since, end_ns));
}

void ConnectionBuilder::closed(const SyscallEvent& event, std::int64_t end_ns) {
  const Key key = key_of(event, *event.fd);
  accepted_.erase(key);
  const auto known = open_.find(key);
  if (known == open_.end()) return;
  over(known->second, end_ns);
  open_.erase(known);
}

void ConnectionBuilder::over(const Connection& connection, std::int64_t end_ns) {
  Peer* peer = connection.begun_ns ? peer_of(connection.peer) : nullptr;
  if (peer != nullptr) peer->lifetime.record(between(*connection.begun_ns, end_ns));
}

void ConnectionBuilder::ended(const SyscallEvent& event) {
  if (!event.start_ns || syscall_name_or_empty(event.abi, event.number) != "exit_group") return;
  const Key from = key_of(event, 0), to = key_of(event, std::numeric_limits<std::int32_t>::max());
  const auto last = open_.upper_bound(to);
  for (auto its = open_.lower_bound(from); its != last; its = open_.erase(its))
    over(its->second, *event.start_ns);
  accepted_.erase(accepted_.lower_bound(from), accepted_.upper_bound(to));
}

void ConnectionBuilder::add(const SyscallEvent& event, const CallFigures& call) {
  if (!event.fd || !event.start_ns || event.kind != EventKind::completed) return;
  const std::int64_t end_ns = *event.start_ns + event.duration_ns.value_or(0);
  const FdEffect effect = fd_effect(event.abi, event.number);
  if (effect == FdEffect::connect) {
    // Datagrams are only addressed.
    if (event.path.starts_with("tcp") || event.path.starts_with("unix") || event.path.starts_with("inet"))
      connected(event, end_ns);
    return;
  }
  if (effect == FdEffect::accept) {
    const auto fd = event.return_value.value_or(-1);
    if (fd < 0 || fd > std::numeric_limits<std::int32_t>::max()) return;
    const Key key = key_of(event, static_cast<std::int32_t>(fd));
    open_.erase(key);  // whatever had that number was closed in a way that is not told (exec, close_range)
    if (accepted_.size() < kMost) accepted_[key] = end_ns;
    return;
  }
  if (effect == FdEffect::close) return closed(event, end_ns);
  if (call.bytes == 0) return;
  const auto known = open_.find(key_of(event, *event.fd));
  if (known != open_.end()) return moved(known->second, call, end_ns);
  // Accepted ones show when they are used first: accept itself is about who listens.
  if (!event.path.starts_with("tcp-from:")) return;
  const std::string_view name = peer_without_port(event.path);
  Peer* peer = open_.size() < kMost ? peer_of(name) : nullptr;
  if (peer == nullptr) {
    ++left_out_;
    return;
  }
  ++peer->count;
  Connection& connection = open_[key_of(event, *event.fd)];
  connection.peer = name;
  if (const auto accepted = accepted_.extract(key_of(event, *event.fd)))
    connection.begun_ns = connection.established_ns = accepted.mapped();
  moved(connection, call, end_ns);
}

std::vector<ConnectionRow> ConnectionBuilder::finish() const {
  std::vector<ConnectionRow> rows;
  for (const auto& [name, peer] : peers_) {
    ConnectionRow row;
    row.peer = name;
    row.count = peer.count;
    row.failed = peer.failed;
    row.establish_p50_ns = peer.establish.quantile(0.5);
    row.establish_max_ns = peer.establish.max();
    row.first_byte_p50_ns = peer.first_byte.quantile(0.5);
    row.first_byte_max_ns = peer.first_byte.max();
    row.lifetime_p50_ns = peer.lifetime.quantile(0.5);
    row.lifetime_max_ns = peer.lifetime.max();
    row.read_bytes = peer.read_bytes;
    row.written_bytes = peer.written_bytes;
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const ConnectionRow& a, const ConnectionRow& b) { return a.count > b.count; });
  return rows;
}

}  // namespace latimer
