// System calls issued by our own instruction, so that a C library can neither add, cache nor elide one.
// x86-64 only: the calling conventions are those of `syscall` (AMD64 ABI, A.2.1) and of `int $0x80` (i386
// psABI).
#pragma once

#include <sys/syscall.h>

namespace latimer::workload {

#if !defined(__x86_64__)
#error "latimer-workload knows the calling conventions of x86-64 only"
#endif

/// Issues one 64-bit system call; returns the kernel's own value (-errno on failure, errno untouched).
inline long raw_syscall(long number, long a1 = 0, long a2 = 0, long a3 = 0, long a4 = 0, long a5 = 0,
                        long a6 = 0) {
  long result;
  register long r10 asm("r10") = a4;
  register long r8 asm("r8") = a5;
  register long r9 asm("r9") = a6;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a1), "S"(a2), "d"(a3), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

template <typename T>
long as_argument(T* pointer) {
  return reinterpret_cast<long>(pointer);
}

template <typename T>
T* as_pointer(unsigned long address) {
  return reinterpret_cast<T*>(address);  // NOLINT(performance-no-int-to-ptr): the kernel told it as a number
}

/// Issues one 32-bit system call from 64-bit code: the numbers are i386's and arguments are cut to 32 bits,
/// so a pointer must be to static data of this non-PIE program. Kernels before 4.17 lose r8..r11.
inline int compat_syscall(int number, unsigned a1 = 0, unsigned a2 = 0, unsigned a3 = 0) {
  int result;
  asm volatile("int $0x80"
               : "=a"(result)
               : "a"(number), "b"(a1), "c"(a2), "d"(a3)
               : "r8", "r9", "r10", "r11", "memory");
  return result;
}

}  // namespace latimer::workload
