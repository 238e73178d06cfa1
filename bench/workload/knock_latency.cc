// Measures the time from a knock's last packet to the open door, for whichever daemon runs there:
//   knock_latency element|answer SERVER_NETNS SERVER_INTERFACE CLIENT_NETNS INTERFACE FIRST ROUNDS
//   GAP_MS
// Knocks 7000, 8000, 9000 come from a new source each round, 200 us apart: from 10.77.64.0 and
// FIRST on. The clock is stopped by the kernel's own notification of a set element with that
// source, or, with `answer`, by the first SYN-ACK of port 22, which is asked every 100 us. Prints
// one line of microseconds a round, `lost` where neither came within a second.
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
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

#include "own_network.h"

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
  address.sll_protocol = htons(ETH_P_IP);
  if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) fail("packet");
  return fd;
}

/// Ports that answer look at it, unlike those that are knocked at.
void put_tcp_checksum(uint8_t* frame) {
  uint32_t sum = 6 + 20;  // the protocol and the length of the pseudo header
  for (int word = 26; word < 54; word += 2)
    sum += static_cast<uint32_t>(frame[word] << 8 | frame[word + 1]);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = ~(sum + (sum >> 16));
  frame[50] = static_cast<uint8_t>(sum >> 8);
  frame[51] = static_cast<uint8_t>(sum);
}

/// A port answers to frames that are addressed to its host alone.
uint8_t server_address[6];

void learn_address(const char* interface) {
  const int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request{};
  std::strncpy(request.ifr_name, interface, IFNAMSIZ - 1);
  if (probe < 0 || ioctl(probe, SIOCGIFHWADDR, &request) < 0) fail(interface);
  std::memcpy(server_address, request.ifr_hwaddr.sa_data, sizeof server_address);
  close(probe);
}

void send_syn(int fd, uint32_t source, uint16_t port, uint16_t from_port = 0x9c00) {
  uint8_t frame[60] = {0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 8, 0, 0x45};
  std::memcpy(frame, server_address, sizeof server_address);
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
  frame[34] = static_cast<uint8_t>(from_port >> 8);
  frame[35] = static_cast<uint8_t>(from_port);
  frame[36] = static_cast<uint8_t>(port >> 8);
  frame[37] = static_cast<uint8_t>(port);
  frame[46] = 0x50;
  frame[47] = 2;
  put_tcp_checksum(frame);
  if (send(fd, frame, sizeof frame, 0) < 0) fail("send");
}

double now_us() {
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC, &at);
  return static_cast<double>(at.tv_sec) * 1e6 + static_cast<double>(at.tv_nsec) / 1e3;
}

/// Whether news of an element that holds the source's address came; one of a round before, which
/// opened too late, is nothing.
bool has_new_element(int fd, uint32_t source) {
  alignas(nlmsghdr) static uint8_t buffer[65536];
  const uint32_t address = htonl(source);
  long left = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
  bool is_new = false;
  for (auto* at = reinterpret_cast<nlmsghdr*>(buffer); left > 0 && NLMSG_OK(at, left);
       at = NLMSG_NEXT(at, left))
    is_new |= at->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWSETELEM) &&
              memmem(at, at->nlmsg_len, &address, sizeof address) != nullptr;
  return is_new;
}

/// Microseconds from `since` to the source's element; negative if none comes within a second.
double wait_for_element(int fd, uint32_t source, double since) {
  pollfd wanted{fd, POLLIN, 0};
  while (now_us() - since < 1e6) {
    if (poll(&wanted, 1, 100) > 0 && has_new_element(fd, source)) return now_us() - since;
  }
  return -1;
}

bool has_answer(int fd, uint32_t source) {
  uint8_t frame[256];
  for (;;) {
    const long size = recv(fd, frame, sizeof frame, MSG_DONTWAIT);
    if (size < 0) return false;
    const uint32_t to = htonl(source);
    if (size >= 48 && frame[23] == 6 && frame[34] == 0 && frame[35] == 22 && frame[47] == 0x12 &&
        std::memcmp(frame + 30, &to, 4) == 0)
      return true;
  }
}

/// Microseconds from `since` to the first SYN-ACK; negative if none comes within a second. It
/// sleeps while it waits: one that spins keeps its core from a daemon that was woken there.
double wait_for_answer(int fd, uint32_t source, double since) {
  for (uint16_t attempt = 0; now_us() - since < 1e6; attempt++) {
    send_syn(fd, source, 22, static_cast<uint16_t>(20000 + attempt));
    pollfd wanted{fd, POLLIN, 0};
    for (const double asked = now_us(); now_us() - asked < 100;) {
      const timespec left{0, static_cast<long>((100 - (now_us() - asked)) * 1000)};
      if (left.tv_nsec > 0 && ppoll(&wanted, 1, &left, nullptr) > 0 && has_answer(fd, source))
        return now_us() - since;
    }
  }
  return -1;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string until = argc == 9 ? argv[1] : "";
  if (until != "element" && until != "answer") {
    std::fprintf(stderr,
                 "knock_latency element|answer SERVER_NETNS SERVER_INTERFACE CLIENT_NETNS "
                 "INTERFACE FIRST ROUNDS GAP_MS\n");
    return 2;
  }
  enter(argv[2]);
  learn_address(argv[3]);
  prctl(PR_SET_TIMERSLACK, 1);
  const int listener = open_listener();
  enter(argv[4]);
  refuse_foreign("knock_latency", argv[5]);
  const int sender = open_sender(argv[5]);
  const int first = std::atoi(argv[6]), rounds = std::atoi(argv[7]);
  const auto pause = static_cast<useconds_t>(std::atoi(argv[8]) * 1000);
  for (int round = 0; round < rounds; round++) {
    const auto source = static_cast<uint32_t>(0x0a4d4000 + first + round);
    send_syn(sender, source, 7000);
    usleep(200);
    send_syn(sender, source, 8000);
    usleep(200);
    const double sent = now_us();
    send_syn(sender, source, 9000);
    const double took = until == "answer" ? wait_for_answer(sender, source, sent)
                                          : wait_for_element(listener, source, sent);
    if (took < 0)
      std::printf("lost\n");
    else
      std::printf("%.1f\n", took);
    usleep(pause);
  }
  return 0;
}
