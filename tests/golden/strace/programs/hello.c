/* Something to compile. */
#include <stdio.h>
#include <string.h>

int main(int argc, char** argv) {
  for (int i = 0; i < argc; ++i) printf("%s %zu\n", argv[i], strlen(argv[i]));
  return 0;
}
