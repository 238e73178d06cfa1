// Preloaded, it makes every file system look like one without locks (NFS without its lock daemon).
#include <errno.h>

int flock(int descriptor, int operation) {
  (void)descriptor;
  (void)operation;
  errno = ENOLCK;
  return -1;
}
