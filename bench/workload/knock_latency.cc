// Measures the time from a knock's last packet to the set element that it opens, for whichever
// daemon runs there:
//   knock_latency SERVER_NETNS CLIENT_NETNS INTERFACE ROUNDS GAP_MS
// Knocks 7000, 8000, 9000 come from a new source each round, 200 us apart; the kernel's own
// notification of the new element stops the clock. Prints one line of microseconds a round, `lost`
// where none came within a second.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

namespace {

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

void enter(const char* name) {
  const int fd = open((std::string("/run/netns/") + name).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 || setns(fd, CLONE_NEWNET) < 0) fail(name);
  close(fd);
}

/// Hears of every element that is added to any set of the namespace.
int open_listener() {
  const int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = 1u << (NFNLGRP_NFTABLES - 1);
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0)
    fail("netlink");
  return fd;
}

int open_sender(const char* interface) {
  const int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_ifindex = static_cast<int>(if_nametoindex(interface));
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) fail("packet");
  return fd;
}

void send_syn(int fd, uint32_t source, uint16_t port) {
  uint8_t frame[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, 1, 8, 0, 0x45};
  frame[17] = 40;
  frame[22] = 64;
  frame[23] = 6;
  const uint32_t from = htonl(source), to = inet_addr("10.77.0.2");
  std::memcpy(frame + 26, &from, 4);
  std::memcpy(frame + 30, &to, 4);
  uint32_t sum = 0;
  for (int at = 14; at < 34; at += 2) sum += static_cast<uint32_t>(frame[at] << 8 | frame[at + 1]);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = ~(sum + (sum >> 16));
  frame[24] = static_cast<uint8_t>(sum >> 8);
  frame[25] = static_cast<uint8_t>(sum);
  frame[34] = 0x9c;
  frame[36] = static_cast<uint8_t>(port >> 8);
  frame[37] = static_cast<uint8_t>(port);
  frame[46] = 0x50;
  frame[47] = 2;
  if (send(fd, frame, sizeof frame, 0) < 0) fail("send");
}

double now_us() {
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC, &at);
  return static_cast<double>(at.tv_sec) * 1e6 + static_cast<double>(at.tv_nsec) / 1e3;
}

bool has_new_element(int fd) {
  alignas(nlmsghdr) static uint8_t buffer[65536];
  long left = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
  bool is_new = false;
  for (auto* at = reinterpret_cast<nlmsghdr*>(buffer); left > 0 && NLMSG_OK(at, left);
       at = NLMSG_NEXT(at, left))
    is_new |= at->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSETELEM);
  return is_new;
}

/// Microseconds from `since` to the next new element; negative if none comes within a second.
double wait_for_element(int fd, double since) {
  pollfd wanted{fd, POLLIN, 0};
  while (now_us() - since < 1e6) {
    if (poll(&wanted, 1, 100) > 0 && has_new_element(fd)) return now_us() - since;
  }
  return -1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "knock_latency SERVER_NETNS CLIENT_NETNS INTERFACE ROUNDS GAP_MS\n");
    return 2;
  }
  enter(argv[1]);
  const int listener = open_listener();
  enter(argv[2]);
  const int sender = open_sender(argv[3]);
  const int rounds = std::atoi(argv[4]);
  const auto pause = static_cast<useconds_t>(std::atoi(argv[5]) * 1000);
  for (int round = 0; round < rounds; round++) {
    const auto source = static_cast<uint32_t>(0x0a4d4000 + round);  // 10.77.64.0 and on
    while (has_new_element(listener)) {
    }
    send_syn(sender, source, 7000);
    usleep(200);
    send_syn(sender, source, 8000);
    usleep(200);
    const double sent = now_us();
    send_syn(sender, source, 9000);
    const double took = wait_for_element(listener, sent);
    if (took < 0)
      std::printf("lost\n");
    else
      std::printf("%.1f\n", took);
    usleep(pause);
  }
  return 0;
}
