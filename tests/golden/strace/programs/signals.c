/* Calls that signals interrupt: with SA_RESTART and without, restarted by a block, without a handler, and the
   last one is not survived. */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int pipe_ends[2];
static volatile int write_in_handler;

static void on_alarm(int number) {
  (void)number;
  if (write_in_handler && write(pipe_ends[1], "x", 1) != 1) _exit(9);
}

static void handle(int flags) {
  struct sigaction action = {.sa_handler = on_alarm, .sa_flags = flags};
  sigaction(SIGALRM, &action, NULL);
}

static void alarm_in(int first_ms, int then_ms) {
  struct itimerval timer = {{0, then_ms * 1000}, {0, first_ms * 1000}};
  setitimer(ITIMER_REAL, &timer, NULL);
}

/* A child that stops and continues us while we are inside a call. */
static void stop_and_go(void) {
  if (fork() == 0) {
    usleep(20000);
    kill(getppid(), SIGSTOP);
    usleep(20000);
    kill(getppid(), SIGCONT);
    _exit(0);
  }
}

int main(void) {
  char byte;
  struct timespec nap = {0, 60000000};
  if (pipe(pipe_ends) != 0) return 1;

  handle(SA_RESTART);
  write_in_handler = 1;
  alarm_in(20, 0);
  if (read(pipe_ends[0], &byte, 1) != 1) return 2; /* restarted, then satisfied by the handler */

  handle(0);
  write_in_handler = 0;
  alarm_in(20, 0);
  if (read(pipe_ends[0], &byte, 1) != -1) return 3; /* EINTR */
  alarm_in(20, 0);
  if (nanosleep(&nap, &nap) != -1) return 4; /* EINTR, handlers always end it */
  alarm_in(20, 0);
  pause();
  alarm_in(20, 0);
  poll(NULL, 0, 60);

  stop_and_go();
  nap.tv_nsec = 80000000;
  if (nanosleep(&nap, NULL) != 0) return 5; /* continued by restart_syscall */
  wait(NULL);
  stop_and_go();
  poll(NULL, 0, 80);
  wait(NULL);
  stop_and_go();
  if (fork() == 0) {
    usleep(70000);
    _exit(0);
  }
  wait(NULL); /* SIGCHLD is not handled: the first end of a child interrupts nothing, the stop does */
  wait(NULL);
  fprintf(stderr, "now the end\n");
  kill(getpid(), SIGKILL);
  return 6;
}
