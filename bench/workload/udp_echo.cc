// Somebody else's traffic: small datagrams to and fro, 16 on their way at a time.
//   udp_echo serve PORT                   prints `listening`, and answers until it is ended
//   udp_echo ask PORT SECONDS INTERFACE   asks 10.77.0.2 there; prints {"perSecond":N}
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

#include "own_network.h"

namespace {

constexpr int kWindow = 16;

double now() {
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC, &at);
  return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) / 1e9;
}

int serve(int fd, const sockaddr_in& here) {
  if (bind(fd, reinterpret_cast<const sockaddr*>(&here), sizeof here) < 0) {
    std::perror("bind");
    return 1;
  }
  std::puts("listening");
  std::fflush(stdout);
  char bytes[64];
  for (;;) {
    sockaddr_in from{};
    socklen_t size = sizeof from;
    const long got =
        recvfrom(fd, bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&from), &size);
    if (got > 0)
      sendto(fd, bytes, static_cast<size_t>(got), 0, reinterpret_cast<sockaddr*>(&from), size);
  }
}

int ask(int fd, const sockaddr_in& there, double seconds, const char* interface) {
  refuse_foreign("udp_echo", interface);
  const timeval patience{0, 100000};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface,
                 static_cast<socklen_t>(std::strlen(interface))) < 0 ||
      connect(fd, reinterpret_cast<const sockaddr*>(&there), sizeof there) < 0) {
    std::perror(interface);
    return 1;
  }
  char bytes[32] = "postern";
  for (int sent = 0; sent < kWindow; sent++) send(fd, bytes, sizeof bytes, 0);
  unsigned long answers = 0;
  const double began = now();
  while (now() - began < seconds) {
    if (recv(fd, bytes, sizeof bytes, 0) > 0) answers++;
    send(fd, bytes, sizeof bytes, 0);
  }
  std::printf("{\"perSecond\":%.0f}\n", static_cast<double>(answers) / (now() - began));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bool serves = argc == 3 && std::string(argv[1]) == "serve";
  if (!serves && (argc != 5 || std::string(argv[1]) != "ask")) {
    std::fprintf(stderr, "udp_echo serve PORT | ask PORT SECONDS INTERFACE\n");
    return 2;
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(std::atoi(argv[2])));
  address.sin_addr.s_addr = inet_addr("10.77.0.2");
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  return serves ? serve(fd, address) : ask(fd, address, std::atof(argv[3]), argv[4]);
}
