// 32 bit without a C library: gcc -m32 -nostdlib -static. Calls whose numbers or names are not those of
// x86_64.
static long call(long number, long a, long b, long c, long d) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
  return result;
}

void _start(void) {
  static const long map[6] = {0, 4096, 3, 0x22, -1, 0}; /* anonymous, private, writable */
  static const long now[2] = {0, 0};
  static long select[5] = {0, 0, 0, 0, 0}; /* with a timeout of 0 */
  static const long nap[2] = {0, 1000000};
  static long offset[2];
  int status = 0;
  select[4] = (long)now;
  call(20, 0, 0, 0, 0);               /* getpid */
  call(5, (long)"/nowhere", 0, 0, 0); /* open: ENOENT */
  long file = call(5, (long)"/etc/passwd", 0, 0, 0);
  call(140, file, 0, 10, (long)offset); /* _llseek */
  call(6, file, 0, 0, 0);               /* close */
  call(90, (long)map, 0, 0, 0);         /* old mmap */
  call(45, 0, 0, 0, 0);                 /* brk */
  call(199, 0, 0, 0, 0);                /* getuid32 */
  call(13, 0, 0, 0, 0);                 /* time */
  call(162, (long)nap, 0, 0, 0);        /* nanosleep */
  call(82, (long)select, 0, 0, 0);      /* old select */
  call(102, 1, (long)map, 0, 0);        /* socketcall */
  call(117, 0, 0, 0, 0);                /* ipc */
  call(117, 23, 0, 4096, 0x380);        /* ipc: shmget */
  call(175, 0, 0, 0, 0);                /* rt_sigprocmask */
#ifndef KNOWN_ONLY
  call(451, -1, 0, 0, 0); /* cachestat: too new for many straces */
  call(999, 1, 2, 3, 4);  /* nothing */
#endif
  long child = call(2, 0, 0, 0, 0); /* fork */
  if (child == 0) {
    call(4, 1, (long)"child\n", 6, 0); /* write */
    call(1, 3, 0, 0, 0);               /* exit */
  }
  call(7, child, (long)&status, 0, 0); /* waitpid */
  call(4, 1, (long)"i386\n", 5, 0);
  call(252, 0, 0, 0, 0); /* exit_group */
  for (;;) {
  }
}
