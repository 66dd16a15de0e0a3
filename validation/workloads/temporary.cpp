#include "validation/workloads/temporary.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>

#include "validation/workloads/scenario.h"

namespace latimer::workload {

// Not by mkstemp, which asks for random numbers as often as it likes; and filled by pwritev: read, write and
// their kin bear truth.
int temporary_file(std::uint64_t size) {
  const char* folder = getenv("TMPDIR");
  char path[4096];
  const int length =
      snprintf(path, sizeof path, "%s/latimer-workload-%d", folder != nullptr ? folder : "/tmp", getpid());
  require(length < static_cast<int>(sizeof path), "$TMPDIR is too long");
  const int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) quit(kExitFailure, "cannot make the temporary file ", path);
  require(unlink(path) == 0, "cannot unlink the temporary file");
  char block[kBlock] = {};
  for (std::uint64_t number = 0; number * kBlock < size; ++number) {
    memcpy(block, &number, sizeof number);
    const std::uint64_t offset = number * kBlock;
    const iovec piece{block, std::min(kBlock, size - offset)};
    require(pwritev(file, &piece, 1, static_cast<off_t>(offset)) == static_cast<ssize_t>(piece.iov_len),
            "cannot fill the temporary file");
  }
  return file;
}

}  // namespace latimer::workload
