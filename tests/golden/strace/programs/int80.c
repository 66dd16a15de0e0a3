/* A 64 bit program that makes i386 calls among its own. */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <unistd.h>

static long call(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(number), "b"(a), "c"(b), "d"(c)
                   : "memory", "r8", "r9", "r10", "r11");
  return result;
}

int main(void) {
  for (int i = 0; i < 3; ++i) {
    syscall(SYS_getpid);
    call(20, 0, 0, 0); /* getpid */
    call(6, 99, 0, 0); /* close: EBADF */
    call(91, 1, 0, 0); /* munmap: EINVAL */
    call(4, 99, 0, 0); /* write: EBADF */
  }
  syscall(451, -1, 0, 0, 0); /* cachestat: too new for many straces */
  syscall(-1);
  syscall(9999);
  return 0;
}
