// Preloaded, it makes a kernel look like one before 6.9, which knows no table that outlives its owner.
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

ssize_t sendto(int descriptor, const void *bytes, size_t size, int flags,
               const struct sockaddr *to, socklen_t length) {
  static const char probe[] = "postern_probe";
  if (memmem(bytes, size, probe, sizeof probe) != NULL) {
    errno = EOPNOTSUPP;
    return -1;
  }
  ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) =
      (ssize_t(*)(int, const void *, size_t, int, const struct sockaddr *, socklen_t))dlsym(
          RTLD_NEXT, "sendto");
  return real(descriptor, bytes, size, flags, to, length);
}
