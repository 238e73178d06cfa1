// Sends generated packets from an AF_PACKET transmit ring, as fast as it can or at a given rate:
//   flood INTERFACE KIND RATE SECONDS SEED
// KIND: knocks   SYNs to port 7000 from random sources (each one a first knock)
//       match    SYNs to port 8000 from random sources: a port of some door, but nobody's first
//       last     whole knocks but the last step, from random sources (7000, 8000 in turn)
//       acks     bare ACKs to port 443: nobody wants them
//       others   SYNs to port 443: nobody wants them either
//       repeats  SYNs to port 7000 from 256 sources, the same over and over
//       mixed    one in a thousand is a first knock, the others are acks
//       span     SYNs to ports 40000 to 40255 in no order, from random sources
// RATE: packets a second, 0 for as many as it can. At the end, or at SIGTERM, it prints
// {"offered":N,"sent":N,"seconds":S,"cpuSeconds":S}. Each seed has sources of its own.
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>

#include "own_network.h"

namespace {

constexpr uint32_t kSlot = 256;
constexpr uint32_t kSlots = 4096;
constexpr uint32_t kFrame = 60;

/// struct virtio_net_hdr, whose header no C++ compiler takes.
struct VirtioHeader {
  uint8_t flags, segments;
  uint16_t header_length, segment_size, checksum_start, checksum_offset;
};

volatile std::sig_atomic_t is_over = 0;

double clock_seconds(clockid_t id) {
  timespec at{};
  clock_gettime(id, &at);
  return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) / 1e9;
}

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

uint64_t mix(uint64_t z) {
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

class Frame {
 public:
  explicit Frame(uint32_t target) {
    std::memset(bytes_, 0, sizeof bytes_);
    std::memset(bytes_, 0xff, 6);  // the peer's address does not matter to a packet socket
    bytes_[6] = 2;
    bytes_[12] = 0x08;
    bytes_[14] = 0x45;
    bytes_[17] = 40;
    bytes_[22] = 64;
    bytes_[23] = 6;
    std::memcpy(bytes_ + 30, &target, 4);
    bytes_[46] = 0x50;
  }

  const uint8_t* fill(uint32_t source, uint16_t port, uint8_t flags) {
    put32(26, source);
    put16(34, 40000);
    put16(36, port);
    bytes_[47] = flags;
    put16(24, 0);
    uint32_t sum = 0;
    for (int at = 14; at < 34; at += 2)
      sum += static_cast<uint32_t>(bytes_[at] << 8 | bytes_[at + 1]);
    sum = (sum & 0xffff) + (sum >> 16);
    put16(24, static_cast<uint16_t>(~(sum + (sum >> 16))));
    return bytes_;
  }

 private:
  void put16(int at, uint16_t value) {
    bytes_[at] = static_cast<uint8_t>(value >> 8);
    bytes_[at + 1] = static_cast<uint8_t>(value);
  }
  void put32(int at, uint32_t value) {
    put16(at, static_cast<uint16_t>(value >> 16));
    put16(at + 2, static_cast<uint16_t>(value));
  }

  uint8_t bytes_[kFrame];
};

class Ring {
 public:
  explicit Ring(const char* interface) : socket_(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0)) {
    if (socket_ < 0) fail("socket");
    const int version = TPACKET_V2, bypass = 1, has_header = 1;
    setsockopt(socket_, SOL_PACKET, PACKET_VERSION, &version, sizeof version);
    if (setsockopt(socket_, SOL_PACKET, PACKET_VNET_HDR, &has_header, sizeof has_header) < 0)
      fail("PACKET_VNET_HDR");
    setsockopt(socket_, SOL_PACKET, PACKET_QDISC_BYPASS, &bypass, sizeof bypass);
    tpacket_req request{};
    request.tp_block_size = 65536;
    request.tp_frame_size = kSlot;
    request.tp_frame_nr = kSlots;
    request.tp_block_nr = kSlots * kSlot / request.tp_block_size;
    if (setsockopt(socket_, SOL_PACKET, PACKET_TX_RING, &request, sizeof request) < 0)
      fail("PACKET_TX_RING");
    void* at = mmap(nullptr, kSlots * kSlot, PROT_READ | PROT_WRITE, MAP_SHARED, socket_, 0);
    if (at == MAP_FAILED) fail("mmap");
    memory_ = static_cast<uint8_t*>(at);
    sockaddr_ll address{};
    address.sll_family = AF_PACKET;
    address.sll_ifindex = static_cast<int>(if_nametoindex(interface));
    if (address.sll_ifindex == 0) fail(interface);
    if (bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) < 0) fail("bind");
  }

  void put(const uint8_t* frame) {
    auto* header = reinterpret_cast<tpacket2_hdr*>(memory_ + size_t{next_} * kSlot);
    std::atomic_ref<__u32> status(header->tp_status);
    while (status.load(std::memory_order_acquire) != TP_STATUS_AVAILABLE) push();
    // Without its length a frame's headers would stay in the ring's pages, where each load of a
    // filter takes a call: drivers put them into the buffer's linear part.
    VirtioHeader lengths{};
    lengths.header_length = kFrame;
    auto* at = reinterpret_cast<uint8_t*>(header) + TPACKET_ALIGN(sizeof *header);
    std::memcpy(at, &lengths, sizeof lengths);
    std::memcpy(at + sizeof lengths, frame, kFrame);
    header->tp_len = sizeof lengths + kFrame;
    status.store(TP_STATUS_SEND_REQUEST, std::memory_order_release);
    next_ = (next_ + 1) % kSlots;
  }

  void push() { send(socket_, nullptr, 0, 0); }

 private:
  int socket_;
  uint8_t* memory_;
  uint32_t next_ = 0;
};

const uint8_t* make(Frame& frame, const std::string& kind, uint64_t seed, uint64_t n) {
  const uint64_t stream = mix(seed * 0x9e3779b97f4a7c15);  // seeds close by would share sources
  const auto source = static_cast<uint32_t>(0x0b000000 + (mix(stream + n) & 0x3fffffff));
  if (kind == "knocks") return frame.fill(source, 7000, 2);
  if (kind == "match") return frame.fill(source, 8000, 2);
  if (kind == "last") {
    const auto pair = static_cast<uint32_t>(0x0b000000 + (mix(stream + n / 2) & 0x3fffffff));
    return frame.fill(pair, n % 2 == 0 ? 7000 : 8000, 2);
  }
  if (kind == "others") return frame.fill(source, 443, 2);
  if (kind == "repeats") return frame.fill(0x0b000000 | static_cast<uint32_t>(n & 255), 7000, 2);
  if (kind == "span")
    return frame.fill(source, static_cast<uint16_t>(40000 + (mix(stream ^ n) & 255)), 2);
  if (kind == "mixed" && n % 1000 == 0) return frame.fill(source, 7000, 2);
  return frame.fill(source, 443, 16);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr,
                 "flood INTERFACE knocks|match|last|acks|others|repeats|mixed|span RATE SECONDS "
                 "SEED\n");
    return 2;
  }
  refuse_foreign("flood", argv[1]);
  Ring ring(argv[1]);
  Frame frame(inet_addr("10.77.0.2"));
  const std::string kind = argv[2];
  const double rate = std::strtod(argv[3], nullptr), seconds = std::strtod(argv[4], nullptr);
  const uint64_t seed = std::strtoull(argv[5], nullptr, 10);

  std::signal(SIGTERM, [](int) { is_over = 1; });
  const double began = clock_seconds(CLOCK_MONOTONIC);
  uint64_t sent = 0;
  double now = began;
  while (now - began < seconds && is_over == 0) {
    const uint64_t due = rate == 0 ? sent + 512 : static_cast<uint64_t>((now - began) * rate);
    const uint64_t until = due > sent + 512 ? sent + 512 : due;
    if (until == sent) {
      const timespec pause{0, 50000};
      nanosleep(&pause, nullptr);
    }
    for (; sent < until; sent++) ring.put(make(frame, kind, seed, sent));
    ring.push();
    now = clock_seconds(CLOCK_MONOTONIC);
  }
  const double offered = rate == 0 ? static_cast<double>(sent) : rate * (now - began);
  std::printf("{\"offered\":%.0f,\"sent\":%llu,\"seconds\":%.3f,\"cpuSeconds\":%.3f}\n", offered,
              static_cast<unsigned long long>(sent), now - began,
              clock_seconds(CLOCK_PROCESS_CPUTIME_ID));
  return 0;
}
