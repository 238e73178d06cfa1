#include "sys/packet_ring.h"

#include <arpa/inet.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif
#ifndef PACKET_FANOUT_FLAG_IGNORE_OUTGOING
#define PACKET_FANOUT_FLAG_IGNORE_OUTGOING 0x4000
#endif

namespace sys {

namespace {

/// Slots between the one that is read and the one that is fetched.
constexpr uint32_t kAhead = 8;
constexpr int64_t kSecond = 1'000'000'000;

struct Interface {
  int index;
  uint16_t hardware;
};

/// Ethernet headers are read as they are; of any other link the kernel strips the header
/// (SOCK_DGRAM).
RingLink link_of(uint16_t hardware) {
  return hardware == ARPHRD_ETHER || hardware == ARPHRD_LOOPBACK ? RingLink::ethernet
                                                                 : RingLink::network;
}

Result<Interface> find_interface(const std::string& name) {
  if (name.empty()) return Interface{0, ARPHRD_VOID};
  if (name.size() >= IFNAMSIZ || name.find('\0') != name.npos)
    return Failure{"if_nametoindex", ENODEV};
  FileDescriptor probe(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (probe.get() < 0) return failed("socket");
  ifreq request{};
  std::memcpy(request.ifr_name, name.data(), name.size());
  if (::ioctl(probe.get(), SIOCGIFINDEX, &request) < 0) return failed("if_nametoindex");
  const int index = request.ifr_ifindex;
  if (::ioctl(probe.get(), SIOCGIFHWADDR, &request) < 0) return failed("SIOCGIFHWADDR");
  return Interface{index, request.ifr_hwaddr.sa_family};
}

template <typename T>
bool set_option(int socket, int name, const T& value) {
  return ::setsockopt(socket, SOL_PACKET, name, &value, sizeof value) == 0;
}

tpacket_req ring_request(const RingOptions& options) {
  tpacket_req request{};
  request.tp_frame_size = options.slot_bytes;
  request.tp_block_size = std::max(options.slot_bytes, kLeastRingBytes);
  request.tp_block_nr = options.slot_bytes * options.slots / request.tp_block_size;
  request.tp_frame_nr = options.slots;
  return request;
}

sock_fprog fprog_of(std::span<const sock_filter> program) {
  return {static_cast<unsigned short>(program.size()), const_cast<sock_filter*>(program.data())};
}

/// A slot's status word is the hand-over: acquire what the kernel wrote, release what we have read.
std::atomic_ref<__u32> status_of(std::span<std::byte> slot) {
  return std::atomic_ref<__u32>(reinterpret_cast<tpacket2_hdr*>(slot.data())->tp_status);
}

}  // namespace

Result<PacketRing> PacketRing::open(const RingOptions& options) {
  Result<Interface> found = find_interface(options.interface);
  if (!found.ok()) return found.failure();
  const auto [index, hardware] = found.value();

  const int type = link_of(hardware) == RingLink::ethernet ? SOCK_RAW : SOCK_DGRAM;
  FileDescriptor socket(::socket(AF_PACKET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.get() < 0) return failed("socket");
  if (!set_option(socket.get(), PACKET_VERSION, int{TPACKET_V2})) return failed("PACKET_VERSION");
  // Without it every packet that the host sends is cloned for us: 180 ns each. Kernels before 4.20
  // lack it.
  if (!options.hears_outgoing) set_option(socket.get(), PACKET_IGNORE_OUTGOING, 1);

  const tpacket_req request = ring_request(options);
  if (!set_option(socket.get(), PACKET_RX_RING, request)) return failed("PACKET_RX_RING");
  const size_t size = size_t{request.tp_block_size} * request.tp_block_nr;
  void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, socket.get(), 0);
  if (at == MAP_FAILED) return failed("mmap");  // `socket` closes itself on the way out
  return PacketRing(std::move(socket), MappedMemory({static_cast<std::byte*>(at), size}), options,
                    index, hardware);
}

PacketRing::PacketRing(FileDescriptor socket, MappedMemory memory, const RingOptions& options,
                       int index, uint16_t hardware)
    : socket_(std::move(socket)),
      memory_(std::move(memory)),
      slot_bytes_(options.slot_bytes),
      slot_mask_(options.slots - 1),
      interface_index_(index),
      link_(link_of(hardware)),
      hardware_(hardware),
      hears_outgoing_(options.hears_outgoing),
      clock_(options.clock_origin) {}

Result<Done> PacketRing::set_filter(std::span<const sock_filter> program) {
  const sock_fprog filter = fprog_of(program);
  if (::setsockopt(socket_.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0)
    return failed("SO_ATTACH_FILTER");
  return Done{};
}

Result<Done> PacketRing::bind() {
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = interface_index_;
  if (::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) < 0)
    return failed("bind");
  return Done{};
}

/// In a group, outgoing packets are ignored by the group's flag and not by the socket's. A new
/// group gets a number that nobody has in this network namespace (Linux 4.12).
Result<Done> PacketRing::join(std::optional<uint16_t> group, std::span<const sock_filter> program) {
  uint32_t mode = PACKET_FANOUT_CBPF;
  if (!hears_outgoing_) mode |= PACKET_FANOUT_FLAG_IGNORE_OUTGOING;
  if (!group) mode |= PACKET_FANOUT_FLAG_UNIQUEID;
  if (!set_option(socket_.get(), PACKET_FANOUT, mode << 16 | group.value_or(0)))
    return failed("PACKET_FANOUT");
  uint32_t joined = 0;
  socklen_t size = sizeof joined;
  if (::getsockopt(socket_.get(), SOL_PACKET, PACKET_FANOUT, &joined, &size) < 0)
    return failed("PACKET_FANOUT");
  group_ = static_cast<uint16_t>(joined);
  if (!group && !set_option(socket_.get(), PACKET_FANOUT_DATA, fprog_of(program)))
    return failed("PACKET_FANOUT_DATA");
  return Done{};
}

void PacketRing::read_clock() {
  const ClockReading rough = read_clocks();
  const int64_t step = pretended_step_ * kSecond;
  const bool agrees = clock_.agrees(rough.wall_ahead + step);
  clock_.begin((agrees ? rough.wall_ahead : wall_ahead_of_boot()) + step, rough.boot);
}

bool PacketRing::peek(wire::Frame& frame) const {
  const uint32_t status = status_of(slot(next_)).load(std::memory_order_acquire);
  if ((status & TP_STATUS_USER) == 0) return false;
  read_slot(slot(next_), status, link_, frame);
  frame.is_outgoing &= !hears_outgoing_;
  if (clock_.is_moved()) {
    frame.seconds += pretended_stamps_;
    clock_.map(frame.seconds, frame.nanoseconds);
  }
  return true;
}

bool PacketRing::has_frame() const {
  const uint32_t status = status_of(slot(next_)).load(std::memory_order_acquire);
  return (status & TP_STATUS_USER) != 0;
}

bool PacketRing::is_doubled() const {
  if (doubled_.empty()) return false;
  return std::binary_search(doubled_.begin(), doubled_.end(), slot_interface(slot(next_)));
}

void PacketRing::release() {
  status_of(slot(next_)).store(TP_STATUS_KERNEL, std::memory_order_release);
  next_ = (next_ + 1) & slot_mask_;
  prefetch((next_ + kAhead) & slot_mask_);
}

/// Another core has just written the frames: fetching their lines ahead of their turn takes a third
/// off a drain (bench/cases/live).
void PacketRing::prefetch(uint32_t index) const {
  const std::byte* at = slot(index).data();
  __builtin_prefetch(at);
  __builtin_prefetch(at + 64);
}

RingStatistics PacketRing::statistics() {
  tpacket_stats fresh{};
  socklen_t size = sizeof fresh;
  if (::getsockopt(socket_.get(), SOL_PACKET, PACKET_STATISTICS, &fresh, &size) == 0) {
    totals_.packets += fresh.tp_packets;
    totals_.drops += fresh.tp_drops;
  }
  return totals_;
}

int PacketRing::take_error() {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

bool PacketRing::is_bound() const {
  if (interface_index_ == 0) return true;
  sockaddr_ll address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &size) < 0) return false;
  return address.sll_ifindex == interface_index_;
}

}  // namespace sys
