// What calls do to descriptors, each as its manual page has it.
#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "core/engine/fd_tracker.h"

namespace latimer {
namespace {

// Values are the same on all of Latimer's ABIs (include/uapi/asm-generic/fcntl.h, linux/sched.h and others).
constexpr std::uint64_t kCloseOnExec = 02000000;  // O_CLOEXEC; SOCK_, EFD_, TFD_, SFD_, IN_ and EPOLL_CLOEXEC
constexpr std::uint64_t kUnnamed = 020000000;     // O_TMPFILE, without O_DIRECTORY, which it holds
constexpr std::uint64_t kMemoryCloseOnExec = 1;   // MFD_CLOEXEC
constexpr std::uint64_t kMessageCloseOnExec = 0x40000000;  // MSG_CMSG_CLOEXEC
constexpr std::uint64_t kDescriptorCloseOnExec = 1;        // FD_CLOEXEC
constexpr std::uint64_t kRangeUnshare = 2;                 // CLOSE_RANGE_UNSHARE
constexpr std::uint64_t kRangeCloseOnExec = 4;             // CLOSE_RANGE_CLOEXEC
constexpr std::uint64_t kCloneFs = 0x200;
constexpr std::uint64_t kCloneFiles = 0x400;
constexpr std::uint64_t kCloneThread = 0x10000;
constexpr std::int64_t kDuplicate = 0;  // F_DUPFD
constexpr std::int64_t kSetFlags = 2;   // F_SETFD
constexpr std::int64_t kDuplicateCloseOnExec = 1030;
constexpr std::int32_t kRights = 1;  // SCM_RIGHTS

std::int32_t descriptor(std::int64_t value) {
  return value >= 0 && value <= std::numeric_limits<std::int32_t>::max() ? static_cast<std::int32_t>(value)
                                                                         : -1;
}

OpenFile named(std::string name) {
  OpenFile file;
  file.name = std::move(name);
  return file;
}

// Whether the call wants a new descriptor to be closed at exec; what it does not tell is taken for no.
bool wants_close_on_exec(const CallArguments& arguments) {
  const CallSpec& spec = arguments.spec();
  if (const int how = spec.find("how"); how >= 0) {  // openat2: a struct that begins with the flags
    const std::string_view memory = arguments.memory(how);
    std::uint64_t flags = 0;
    if (memory.size() < sizeof flags) return has_word(arguments.text(how), "CLOEXEC");
    std::memcpy(&flags, memory.data(), sizeof flags);
    return (flags & kCloseOnExec) != 0;
  }
  return arguments.has(spec.find("flags"), "CLOEXEC", kCloseOnExec).value_or(false);
}

// "... cmsg_type=SCM_RIGHTS, cmsg_data=[5, 6]} ..."
std::vector<std::int32_t> printed_rights(std::string_view text) {
  std::vector<std::int32_t> fds;
  while (true) {
    std::size_t at = text.find("cmsg_type=SCM_RIGHTS");
    if (at != std::string_view::npos) at = text.find("cmsg_data=[", at);
    if (at == std::string_view::npos) return fds;
    text.remove_prefix(at + 11);
    while (!text.empty() && text.front() != ']') {
      std::int32_t fd = 0;
      if (std::from_chars(text.data(), text.data() + text.size(), fd).ec == std::errc{}) fds.push_back(fd);
      text.remove_prefix(end_of_item(text));
      while (text.starts_with(',') || text.starts_with(' ')) text.remove_prefix(1);
    }
  }
}

// The same from a control buffer (struct cmsghdr, include/linux/socket.h; of 64-bit programs).
std::vector<std::int32_t> captured_rights(std::string_view control) {
  std::vector<std::int32_t> fds;
  constexpr std::size_t kHeader = 16;
  while (control.size() >= kHeader) {
    std::uint64_t length = 0;
    std::int32_t type = 0;
    std::memcpy(&length, control.data(), sizeof length);
    std::memcpy(&type, control.data() + 12, sizeof type);
    if (length < kHeader) return fds;
    const std::size_t end = std::min<std::size_t>(length, control.size());
    for (std::size_t at = kHeader; type == kRights && at + sizeof(std::int32_t) <= end;
         at += sizeof(std::int32_t)) {
      std::int32_t fd = 0;
      std::memcpy(&fd, control.data() + at, sizeof fd);
      fds.push_back(fd);
    }
    control.remove_prefix(std::min<std::size_t>((end + 7) / 8 * 8, control.size()));
  }
  return fds;
}

// "tcp-listen:0.0.0.0:80" -> "0.0.0.0:80".
std::string_view address_in(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view() : name.substr(colon + 1);
}

}  // namespace

void FdTracker::open(const Call& call, std::int64_t fd, OpenFile file, bool close_on_exec) {
  call.files.table->set(descriptor(fd), std::make_shared<OpenFile>(std::move(file)), close_on_exec,
                        call.times);
}

void FdTracker::open_path(const Call& call) {
  std::string name(call.event.path);
  // The file has no name; the path is that of the folder whose file system it is on.
  const int flags = call.arguments.spec().find("flags");
  if (call.arguments.has(flags, "TMPFILE", kUnnamed).value_or(false)) name += "/(O_TMPFILE)";
  open(call, call.value, named(std::move(name)), wants_close_on_exec(call.arguments));
}

void FdTracker::make_memory_file(const Call& call) {
  const CallArguments& arguments = call.arguments;
  const auto name = arguments.path(arguments.spec().find("uname"));
  open(call, call.value, named("memfd:" + (name ? name->bytes : std::string())),
       arguments.has(arguments.spec().find("flags"), "CLOEXEC", kMemoryCloseOnExec).value_or(false));
}

void FdTracker::apply(FdEffect effect, const Call& call) {
  const CallArguments& arguments = call.arguments;
  const CallSpec& spec = arguments.spec();
  switch (effect) {
    case FdEffect::open_path:
      return open_path(call);
    case FdEffect::open_special:
      return open(call, call.value, named(std::string(special_name(call.event.abi, call.event.number))),
                  wants_close_on_exec(arguments));
    case FdEffect::memory_file:
      return make_memory_file(call);
    case FdEffect::duplicate:
      return duplicate(call, call.value, false);
    case FdEffect::duplicate_to:
      return duplicate(call, call.value, wants_close_on_exec(arguments));
    case FdEffect::control:
      return control(call);
    case FdEffect::make_pipe:
      return make_pair(call, spec.find("fildes"), named(fmt::format("pipe:#{}", ++pipes_)));
    case FdEffect::make_socket:
    case FdEffect::make_socket_pair:
      return make_socket(call, effect);
    case FdEffect::accept:
      return accept(call);
    case FdEffect::connect:
      return name_socket(call, "");
    case FdEffect::bind:
      return name_socket(call, "-bound");
    case FdEffect::listen:
      return listen(call);
    case FdEffect::receive:
      return receive(call);
    case FdEffect::take:
      return open(call, call.value, named("received"), true);
    case FdEffect::close:
      if (call.event.fd) call.files.table->erase(*call.event.fd, call.times);
      return;
    case FdEffect::close_range:
      return close_range(call);
    case FdEffect::execute:
      return execute(call);
    case FdEffect::change_folder:
      *call.files.folder = call.event.path;
      return;
    case FdEffect::change_folder_fd:
      if (!call.event.path.empty()) *call.files.folder = call.event.path;
      return;
    case FdEffect::clone:
      return clone(call);
    case FdEffect::unshare:
      return unshare(call);
    case FdEffect::address_peer:
    case FdEffect::none:
      return;
  }
}

// The first argument's file under another number.
void FdTracker::duplicate(const Call& call, std::int64_t to, bool close_on_exec) {
  if (!call.event.fd || *call.event.fd == to) return;
  OpenFilePtr file = file_of(call.files, call.pid, *call.event.fd, call.times);
  if (file == nullptr) file = std::make_shared<OpenFile>();
  call.files.table->set(descriptor(to), std::move(file), close_on_exec, call.times);
}

void FdTracker::control(const Call& call) {
  const CallArguments& arguments = call.arguments;
  const int command = arguments.spec().find("cmd");
  const auto number = arguments.integer(command);
  const auto is = [&](std::string_view name, std::int64_t value) {
    return number ? *number == value : has_word(arguments.text(command), name);
  };
  if (is("DUPFD", kDuplicate)) return duplicate(call, call.value, false);
  if (is("DUPFD_CLOEXEC", kDuplicateCloseOnExec)) return duplicate(call, call.value, true);
  if (!is("SETFD", kSetFlags) || !call.event.fd) return;
  const bool close =
      arguments.has(arguments.spec().find("arg"), "CLOEXEC", kDescriptorCloseOnExec).value_or(false);
  call.files.table->set_close_on_exec(*call.event.fd, *call.event.fd, close);
}

// Two descriptors, whose numbers the call wrote to where an argument points.
void FdTracker::make_pair(const Call& call, int index, const OpenFile& file) {
  const auto fds = call.arguments.descriptors(index);
  if (!fds) return;
  const bool close_on_exec = wants_close_on_exec(call.arguments);
  for (const std::int32_t fd : *fds) open(call, fd, file, close_on_exec);
}

void FdTracker::make_socket(const Call& call, FdEffect effect) {
  const CallArguments& arguments = call.arguments;
  const int family = arguments.spec().find("family");
  const int type = arguments.spec().find("type");
  const auto family_number = arguments.integer(family);
  const auto type_number = arguments.integer(type);
  OpenFile file;
  file.family =
      family_number ? static_cast<SocketFamily>(*family_number) : parse_family(arguments.text(family));
  file.type = type_number ? static_cast<SocketType>(*type_number & 0xf) : parse_type(arguments.text(type));
  file.name = std::string(socket_word(file.family, file.type)) + ":";
  if (effect == FdEffect::make_socket_pair) {
    file.name += fmt::format("#{}", ++socket_pairs_);
    return make_pair(call, arguments.spec().find("usockvec"), file);
  }
  open(call, call.value, std::move(file), arguments.has(type, "CLOEXEC", kCloseOnExec).value_or(false));
}

void FdTracker::accept(const Call& call) {
  const OpenFilePtr& listener = file_of(call.files, call.pid, call.event.fd.value_or(-1), call.times);
  const auto peer = call.arguments.address(call.arguments.spec().address);
  OpenFile file;
  if (listener != nullptr) {
    file.family = listener->family;
    file.type = listener->type;
  }
  if (peer && peer->family != SocketFamily::unknown) file.family = peer->family;
  if (file.type == SocketType::unknown) file.type = SocketType::stream;
  if (peer && !peer->text.empty()) {
    file.name = fmt::format("{}-from:{}", socket_word(file.family, file.type), peer->text);
  } else if (file.family == SocketFamily::local && listener != nullptr) {
    // Clients have no name; the address that they came to says more.
    file.name = fmt::format("unix:{}", address_in(listener->name));
  } else if (options_.oracle != nullptr) {
    if (auto open = options_.oracle->descriptor(call.pid, descriptor(call.value)))
      file.name = std::move(open->name);
  }
  open(call, call.value, std::move(file), wants_close_on_exec(call.arguments));
}

void FdTracker::name_socket(const Call& call, std::string_view suffix) {
  const auto address = call.arguments.address(call.arguments.spec().address);
  if (!address || !call.event.fd) return;
  OpenFilePtr file = file_of(call.files, call.pid, *call.event.fd, call.times);
  const SocketType type = file != nullptr ? file->type : SocketType::unknown;
  path_ = fmt::format("{}{}:{}", socket_word(address->family, type), suffix, address->text);
  if (call.event.error != 0 && call.event.error != EINPROGRESS) return;
  if (file == nullptr) {
    file = std::make_shared<OpenFile>();
    call.files.table->set(*call.event.fd, file, false, {});
  }
  file->family = address->family;
  file->name = path_;
}

void FdTracker::listen(const Call& call) {
  const OpenFilePtr& file = file_of(call.files, call.pid, call.event.fd.value_or(-1), call.times);
  if (file == nullptr || file->name.find("-bound:") == std::string::npos) return;
  file->name = fmt::format("{}-listen:{}", socket_word(file->family, file->type), address_in(file->name));
}

void FdTracker::receive(const Call& call) {
  const CallArguments& arguments = call.arguments;
  const int message = arguments.spec().find("msg");
  const std::string_view control = arguments.memory(message);
  const auto fds = control.empty() ? printed_rights(call.event.text_args) : captured_rights(control);
  const bool close =
      arguments.has(arguments.spec().find("flags"), "CLOEXEC", kMessageCloseOnExec).value_or(false);
  for (const std::int32_t fd : fds) open(call, fd, named("received"), close);
}

void FdTracker::close_range(const Call& call) {
  const CallArguments& arguments = call.arguments;
  const auto last = arguments.integer(arguments.spec().find("max_fd"));
  const int flags = arguments.spec().find("flags");
  if (!call.event.fd || !last) return;
  if (arguments.has(flags, "UNSHARE", kRangeUnshare).value_or(false))
    call.files.table = std::make_shared<FdTable>(*call.files.table);
  const auto end = static_cast<std::int32_t>(std::min<std::int64_t>(*last, FdTable::kMostDescriptors - 1));
  if (arguments.has(flags, "CLOEXEC", kRangeCloseOnExec).value_or(false)) {
    call.files.table->set_close_on_exec(*call.event.fd, end, true);
  } else {
    call.files.table->erase(*call.event.fd, end, call.times);
  }
}

void FdTracker::execute(const Call& call) {
  if (call.files.table.use_count() > 1) call.files.table = std::make_shared<FdTable>(*call.files.table);
  call.files.table->executed();
}

// Seen from the parent. Whoever tells of births has told of this one before.
void FdTracker::clone(const Call& call) {
  const CallArguments& arguments = call.arguments;
  const int flags = arguments.spec().find("clone_flags");
  const bool in_struct = arguments.spec().find("uargs") >= 0;  // clone3
  // strace has an order of its own here: clone(child_stack=NULL, flags=...).
  const auto has = [&](std::string_view name, std::uint64_t bit) {
    return has_word(call.event.text_args, name) || arguments.has(flags, name, bit).value_or(false);
  };
  if (call.value <= 0 || (in_struct && call.event.has_args) || has("THREAD", kCloneThread)) return;
  const auto [child, fresh] = processes_.try_emplace(descriptor(call.value));
  if (has("FILES", kCloneFiles)) {
    child->second.table = call.files.table;
  } else if (fresh) {
    child->second.table = std::make_shared<FdTable>(*call.files.table);
  }
  if (has("FS", kCloneFs)) {
    child->second.folder = call.files.folder;
  } else if (fresh) {
    child->second.folder = std::make_shared<std::string>(*call.files.folder);
  }
}

void FdTracker::unshare(const Call& call) {
  const CallArguments& arguments = call.arguments;
  const int flags = arguments.spec().find("unshare_flags");
  const bool files = arguments.has(flags, "FILES", kCloneFiles).value_or(false);
  const bool folder = arguments.has(flags, "FS", kCloneFs).value_or(false);
  if (!files && !folder) return;
  Files& own =
      call.event.tid == call.pid ? call.files : apart_.try_emplace(call.event.tid, call.files).first->second;
  if (files) own.table = std::make_shared<FdTable>(*own.table);
  if (folder) own.folder = std::make_shared<std::string>(*own.folder);
}

}  // namespace latimer
