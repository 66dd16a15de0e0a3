#include "core/model/syscall_class.h"

#include <algorithm>

namespace latimer {
namespace {

// Calls `use` with each blank-separated word.
template <typename Use>
void for_each_word(std::string_view words, Use use) {
  while (!words.empty()) {
    const std::size_t end = std::min(words.find(' '), words.size());
    if (end > 0) use(words.substr(0, end));
    words.remove_prefix(std::min(end + 1, words.size()));
  }
}

// Members of the classes, indexed by SyscallClass; a name that an ABI lacks is skipped there.
constexpr std::array<std::string_view, kSyscallClassCount> kMembers = {
    // file
    "access acct chdir chmod chown chown32 chroot creat execve execveat faccessat faccessat2 "
    "fanotify_mark fchmodat fchmodat2 fchownat file_getattr file_setattr fsconfig fspick fstatat64 "
    "futimesat getcwd getxattr getxattrat inotify_add_watch lchown lchown32 lgetxattr link linkat "
    "listxattr listxattrat llistxattr lremovexattr lsetxattr lstat lstat64 mkdir mkdirat mknod mknodat "
    "mount mount_setattr move_mount name_to_handle_at newfstatat oldlstat oldstat open open_tree "
    "open_tree_attr openat openat2 pivot_root quotactl readlink readlinkat removexattr removexattrat "
    "rename renameat renameat2 rmdir setxattr setxattrat stat stat64 statfs statfs64 statx swapoff "
    "swapon symlink symlinkat truncate truncate64 umount umount2 unlink unlinkat uselib utime utimensat "
    "utimensat_time64 utimes",
    // desc
    "_llseek _newselect bpf cachestat close copy_file_range creat dup dup2 dup3 epoll_create "
    "epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 execveat faccessat "
    "faccessat2 fadvise64 fadvise64_64 fallocate fanotify_init fanotify_mark fchdir fchmod fchmodat "
    "fchmodat2 fchown fchown32 fchownat fchroot fcntl fcntl64 fdatasync fgetxattr file_getattr "
    "file_setattr finit_module flistxattr flock fremovexattr fsconfig fsetxattr fsmount fsopen fspick "
    "fstat fstat64 fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getdents "
    "getdents64 getxattrat inotify_add_watch inotify_init inotify_init1 inotify_rm_watch io_uring_enter "
    "io_uring_register io_uring_setup ioctl kexec_file_load landlock_add_rule landlock_create_ruleset "
    "landlock_restrict_self linkat listxattrat lseek memfd_create memfd_secret mkdirat mknodat mmap "
    "mmap2 mount_setattr move_mount mq_getsetattr mq_notify mq_open mq_timedreceive "
    "mq_timedreceive_time64 mq_timedsend mq_timedsend_time64 name_to_handle_at newfstatat oldfstat open "
    "open_by_handle_at open_tree open_tree_attr openat openat2 perf_event_open pidfd_getfd pidfd_open "
    "pidfd_send_signal pipe pipe2 poll ppoll ppoll_time64 pread64 preadv preadv2 process_madvise "
    "process_mrelease pselect6 pselect6_time64 pwrite64 pwritev pwritev2 quotactl_fd read readahead "
    "readdir readlinkat readv removexattrat renameat renameat2 select sendfile sendfile64 setns "
    "setxattrat signalfd signalfd4 socketcall splice statx symlinkat sync_file_range syncfs tee "
    "timerfd_create timerfd_gettime timerfd_gettime64 timerfd_settime timerfd_settime64 unlinkat "
    "userfaultfd utimensat utimensat_time64 vmsplice write writev",
    // network
    "accept accept4 bind connect getpeername getpmsg getsockname getsockopt listen putpmsg recvfrom "
    "recvmmsg recvmmsg_time64 recvmsg sendfile sendfile64 sendmmsg sendmsg sendto setsockopt shutdown "
    "socket socketcall socketpair",
    // process
    "clone clone3 execve execveat exit exit_group fork kill pidfd_send_signal rt_sigqueueinfo "
    "rt_tgsigqueueinfo tgkill tkill vfork wait4 waitid waitpid",
    // memory
    "break brk get_mempolicy io_destroy io_setup io_uring_register madvise map_shadow_stack mbind "
    "migrate_pages mincore mlock mlock2 mlockall mmap mmap2 move_pages mprotect mremap mseal msync "
    "munlock munlockall munmap pkey_mprotect remap_file_pages set_mempolicy set_mempolicy_home_node "
    "shmat shmdt",
    // signal
    "io_uring_enter kill pause pidfd_send_signal rt_sigaction rt_sigpending rt_sigprocmask "
    "rt_sigqueueinfo rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 "
    "rt_tgsigqueueinfo sgetmask sigaction sigaltstack signal signalfd signalfd4 sigpending sigprocmask "
    "sigreturn sigsuspend ssetmask tgkill tkill",
    // ipc
    "ipc msgctl msgget msgrcv msgsnd semctl semget semop semtimedop semtimedop_time64 shmat shmctl "
    "shmdt shmget",
    // creds
    "capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32 getresgid "
    "getresgid32 getresuid getresuid32 getuid getuid32 prctl setfsgid setfsgid32 setfsuid setfsuid32 "
    "setgid setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32 setresuid "
    "setresuid32 setreuid setreuid32 setuid setuid32",
    // clock
    "adjtimex clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime "
    "clock_gettime64 clock_settime clock_settime64 gettimeofday settimeofday time",
    // pure
    "getegid getegid32 geteuid geteuid32 getgid getgid32 getpgrp getpid getppid gettid getuid getuid32",
    // stat, lstat, fstat, %%stat
    "oldstat stat stat64",
    "lstat lstat64 oldlstat",
    "fstat fstat64 fstatat64 newfstatat oldfstat statx",
    "fstat fstat64 fstatat64 lstat lstat64 newfstatat oldfstat oldlstat oldstat stat stat64 statx",
    // statfs, fstatfs, %%statfs
    "statfs statfs64",
    "fstatfs fstatfs64",
    "fstatfs fstatfs64 statfs statfs64 ustat",
};

// Categories: the first list that has the name wins, then the classes (CategoryTable).
constexpr std::string_view kWaiting =
    "poll ppoll ppoll_time64 select _newselect pselect6 pselect6_time64 epoll_wait epoll_wait_old "
    "epoll_pwait epoll_pwait2 io_getevents io_pgetevents io_pgetevents_time64 io_uring_enter nanosleep "
    "clock_nanosleep clock_nanosleep_time64 pause sigsuspend rt_sigsuspend rt_sigtimedwait "
    "rt_sigtimedwait_time64 wait4 waitid waitpid futex futex_time64 futex_wait futex_waitv semop "
    "semtimedop semtimedop_time64 flock accept accept4 msgrcv mq_timedreceive mq_timedreceive_time64 "
    "restart_syscall";

constexpr std::string_view kIo =
    "read write pread64 pwrite64 readv writev preadv pwritev preadv2 pwritev2 sendfile sendfile64 "
    "splice tee vmsplice copy_file_range readahead io_submit";

constexpr std::string_view kSync = "fsync fdatasync sync syncfs sync_file_range msync bdflush";

constexpr std::string_view kProcess =
    "getpgid setpgid getsid setsid set_tid_address set_robust_list get_robust_list rseq "
    "rseq_slice_yield arch_prctl prctl personality seccomp ptrace kcmp unshare setns pidfd_open "
    "pidfd_getfd getrlimit ugetrlimit setrlimit prlimit64 getrusage times getpriority setpriority nice "
    "ioprio_get ioprio_set sched_yield sched_setparam sched_getparam sched_setscheduler "
    "sched_getscheduler sched_get_priority_max sched_get_priority_min sched_rr_get_interval "
    "sched_rr_get_interval_time64 sched_setaffinity sched_getaffinity sched_setattr sched_getattr "
    "set_thread_area get_thread_area modify_ldt getcpu execve execveat uselib";

constexpr std::string_view kMemory =
    "process_madvise process_mrelease process_vm_readv process_vm_writev pkey_alloc pkey_free "
    "membarrier userfaultfd memfd_create memfd_secret shmget shmctl";

constexpr std::string_view kMetadata =
    "close close_range dup dup2 dup3 fcntl fcntl64 lseek _llseek fchdir fchroot umask fchmod fchown "
    "fchown32 fgetxattr fsetxattr flistxattr fremovexattr fstatfs fstatfs64 ustat ftruncate ftruncate64 "
    "fallocate fadvise64 fadvise64_64 cachestat getdents getdents64 readdir open_by_handle_at fsopen "
    "fsmount statmount listmount sysfs quotactl_fd pipe pipe2";

// Of %file and %signal, what is neither about files nor a process's own business.
constexpr std::string_view kOther =
    "acct swapon swapoff quotactl fanotify_mark inotify_add_watch kill tkill tgkill rt_sigqueueinfo "
    "rt_tgsigqueueinfo pidfd_send_signal io_setup io_destroy io_uring_register";

using Categories = std::array<SyscallCategory, kSyscallNumbers>;
using Masks = std::array<std::bitset<kSyscallNumbers>, kSyscallClassCount>;

// Numbers are written with decreasing claim: what is set first stays.
class CategoryTable {
 public:
  explicit CategoryTable(Abi abi) : abi_(abi) {
    categories_.fill(SyscallCategory::other);
    claim_words(kWaiting, SyscallCategory::wait);
    claim_words(kIo, SyscallCategory::io);
    claim_words(kSync, SyscallCategory::sync);
    claim_words(kOther, SyscallCategory::other);
    claim_words(kProcess, SyscallCategory::process);
    claim_words(kMemory, SyscallCategory::memory);
    claim_words(kMetadata, SyscallCategory::metadata);
    claim_class(SyscallClass::network, SyscallCategory::network);
    claim_class(SyscallClass::process, SyscallCategory::process);
    claim_class(SyscallClass::creds, SyscallCategory::process);
    claim_class(SyscallClass::pure, SyscallCategory::process);
    claim_class(SyscallClass::memory, SyscallCategory::memory);
    claim_class(SyscallClass::file, SyscallCategory::metadata);
    claim_class(SyscallClass::stat_like, SyscallCategory::metadata);
  }

  [[nodiscard]] const Categories& categories() const { return categories_; }

 private:
  void claim(std::size_t number, SyscallCategory category) {
    if (claimed_[number]) return;
    claimed_[number] = true;
    categories_[number] = category;
  }

  void claim_words(std::string_view words, SyscallCategory category) {
    for_each_word(words, [&](std::string_view word) {
      if (const auto number = syscall_number(abi_, word)) claim(static_cast<std::size_t>(*number), category);
    });
  }

  void claim_class(SyscallClass id, SyscallCategory category) {
    const std::bitset<kSyscallNumbers>& members = syscall_class_mask(abi_, id);
    for (std::size_t number = 0; number < members.size(); ++number) {
      if (members[number]) claim(number, category);
    }
  }

  Abi abi_;
  Categories categories_;
  std::bitset<kSyscallNumbers> claimed_;
};

Masks make_masks(Abi abi) {
  Masks masks;
  for (std::size_t id = 0; id < kSyscallClassCount; ++id) {
    for_each_word(kMembers[id], [&](std::string_view word) {
      if (const auto number = syscall_number(abi, word)) masks[id].set(static_cast<std::size_t>(*number));
    });
  }
  return masks;
}

}  // namespace

std::optional<SyscallClass> syscall_class_from_name(std::string_view name) {
  for (const SyscallClassName& entry : kSyscallClassNames) {
    if (entry.name == name) return entry.id;
  }
  return std::nullopt;
}

std::string_view to_string(SyscallClass id) {
  for (const SyscallClassName& entry : kSyscallClassNames) {
    if (entry.id == id) return entry.name;
  }
  return {};
}

const std::bitset<kSyscallNumbers>& syscall_class_mask(Abi abi, SyscallClass id) {
  static const std::array<Masks, kAbiCount> masks = {make_masks(Abi::x86_64), make_masks(Abi::i386),
                                                     make_masks(Abi::aarch64)};
  return masks[static_cast<std::size_t>(abi)][static_cast<std::size_t>(id)];
}

std::string_view to_string(SyscallCategory category) {
  switch (category) {
    case SyscallCategory::io:
      return "io";
    case SyscallCategory::metadata:
      return "metadata";
    case SyscallCategory::network:
      return "network";
    case SyscallCategory::sync:
      return "sync";
    case SyscallCategory::process:
      return "process";
    case SyscallCategory::memory:
      return "memory";
    case SyscallCategory::wait:
      return "wait";
    case SyscallCategory::other:
      return "other";
  }
  return {};
}

SyscallCategory syscall_category(Abi abi, int number) {
  static const std::array<Categories, kAbiCount> tables = {CategoryTable(Abi::x86_64).categories(),
                                                           CategoryTable(Abi::i386).categories(),
                                                           CategoryTable(Abi::aarch64).categories()};
  if (number < 0 || number >= kSyscallNumbers) return SyscallCategory::other;
  return tables[static_cast<std::size_t>(abi)][static_cast<std::size_t>(number)];
}

bool is_waiting_call(Abi abi, int number) { return syscall_category(abi, number) == SyscallCategory::wait; }

bool is_io_call(Abi abi, int number) {
  switch (syscall_category(abi, number)) {
    case SyscallCategory::io:
    case SyscallCategory::metadata:
    case SyscallCategory::network:
    case SyscallCategory::sync:
      return true;
    default:
      return false;
  }
}

}  // namespace latimer
