/* A child that ends with 7; then a second thread executes a shell while the leader and a third thread are
 * inside calls. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static void* sleeper(void* unused) {
  for (;;) sleep(10);
  return unused;
}

static void* becomes_shell(void* unused) {
  usleep(30000);
  execl("/bin/sh", "sh", "-c", "/bin/true; echo done; exit 5", (char*)NULL);
  return unused;
}

int main(void) {
  pthread_t first, second;
  if (fork() == 0) _exit(7);
  wait(NULL);
  pthread_create(&first, NULL, sleeper, NULL);
  pthread_create(&second, NULL, becomes_shell, NULL);
  pthread_join(second, NULL);
  return 1;
}
