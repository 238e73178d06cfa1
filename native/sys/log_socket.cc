#include "sys/log_socket.h"

#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

#include "sys/netlink_socket.h"
#include "wire/link.h"

namespace sys {

namespace {

constexpr size_t kInboxSize = 64 * 1024;
/// A burst of some 10,000 packets that came one by one.
constexpr int kReceiveBuffer = 16 * 1024 * 1024;
/// The kernel takes a buffer of this size for each datagram, full or not.
constexpr uint32_t kSmallDatagram = 4096;
constexpr uint32_t kLargeDatagram = 32 * 1024;
constexpr uint32_t kGathered = 64;
constexpr uint32_t kTimeout = 1;  // hundredths of a second, the least there is
constexpr int kAnswerMs = 1000;

/// What the packet says its length is; 0 if it is too short to say.
uint32_t ip_length(const wire::ByteView& bytes) {
  if (bytes.has(0, 4) && bytes.u8(0) >> 4 == 4) return bytes.be16(2);
  if (bytes.has(0, 6) && bytes.u8(0) >> 4 == 6) return bytes.be16(4) + 40u;
  return 0;
}

}  // namespace

Result<LogSocket> LogSocket::open(const LogSocketOptions& options) {
  auto socket = open_netlink(NETLINK_NETFILTER, SOCK_NONBLOCK);
  if (!socket.ok()) return socket.failure();
  set_receive_buffer(socket.value().get(), kReceiveBuffer);
  LogSocket opened(socket.take(), options);
  if (auto bound = opened.configure(true); !bound.ok()) return bound.failure();
  return opened;
}

LogSocket::LogSocket(FileDescriptor socket, const LogSocketOptions& options)
    : socket_(std::move(socket)),
      groups_(options.groups),
      expected_(options.groups.size(), 0),
      snap_length_(options.snap_length),
      clock_(options.clock_origin),
      inbox_(kInboxSize) {
  frame_.link_type = wire::link_type::kRaw;
}

void LogSocket::gather(bool is_wanted) {
  if (gathers_ == is_wanted) return;
  gathers_ = is_wanted;
  if (!configure(false).ok()) gathers_ = !is_wanted;
}

Result<Done> LogSocket::configure(bool binds) {
  const netlink::LogSettings settings{snap_length_, gathers_ ? kGathered : 1,
                                      gathers_ ? kLargeDatagram : kSmallDatagram, kTimeout};
  for (const uint16_t group : groups_) {
    if (auto done = request(group, binds, settings); !done.ok()) return done;
  }
  return Done{};
}

/// At the start the answer is waited for. Later it comes among the packets, and what it says does
/// not matter: a group that is served in the old way is served.
Result<Done> LogSocket::request(uint16_t group, bool binds, const netlink::LogSettings& settings) {
  const uint32_t sequence = sequence_++;
  netlink::write_log_request(request_, sequence, group, binds, settings);
  if (::send(socket_.get(), request_.bytes().data(), request_.size(), 0) < 0) return failed("send");
  if (!binds) return Done{};
  for (;;) {
    pollfd readable{socket_.get(), POLLIN, 0};
    if (::poll(&readable, 1, kAnswerMs) == 0) return Failure{"nfnetlink_log", ETIMEDOUT};
    const ssize_t size = ::recv(socket_.get(), inbox_.data(), inbox_.size(), 0);
    if (size < 0 && errno != EINTR && errno != EAGAIN && errno != ENOBUFS) return failed("recv");
    if (size < 0) continue;
    const std::span<const std::byte> inbox(inbox_);
    netlink::ReplyReader replies(inbox.first(static_cast<size_t>(size)));
    for (netlink::Reply reply; replies.next(reply);) {
      if (reply.sequence != sequence || reply.kind == netlink::Reply::Kind::kMessage) continue;
      if (reply.kind == netlink::Reply::Kind::kFailed) return Failure{"nfnetlink_log", reply.error};
      return Done{};
    }
  }
}

void LogSocket::read_clock() {
  const ClockReading rough = read_clocks();
  const bool agrees = clock_.agrees(rough.wall_ahead);
  clock_.begin(agrees ? rough.wall_ahead : wall_ahead_of_boot(), rough.boot);
}

bool LogSocket::receive() {
  for (;;) {
    const ssize_t size = ::recv(socket_.get(), inbox_.data(), inbox_.size(), 0);
    if (size >= 0) {
      const std::span<const std::byte> inbox(inbox_);
      messages_ = netlink::ReplyReader(inbox.first(static_cast<size_t>(size)));
      return true;
    }
    // What had no room shows as a gap in the count.
    if (errno != EINTR && errno != ENOBUFS) return false;
  }
}

bool LogSocket::next_packet() {
  if (std::exchange(is_held_, false)) return true;
  netlink::LogPacket packet;
  for (netlink::Reply message; messages_.next(message);) {
    if (!netlink::read_log_packet(message, packet)) continue;
    count_gap(packet);
    fill_frame(packet);
    return true;
  }
  return false;
}

void LogSocket::count_gap(const netlink::LogPacket& packet) {
  const auto group = std::find(groups_.begin(), groups_.end(), packet.group);
  if (!packet.has_sequence || group == groups_.end()) return;
  uint32_t& expected = expected_[static_cast<size_t>(group - groups_.begin())];
  lost_ += packet.sequence - expected;  // both wrap
  expected = packet.sequence + 1;
}

void LogSocket::fill_frame(const netlink::LogPacket& packet) {
  const auto* at = reinterpret_cast<const uint8_t*>(packet.bytes.data());
  frame_.bytes = wire::ByteView(at, packet.bytes.size());
  const auto captured = static_cast<uint32_t>(packet.bytes.size());
  frame_.original_length = std::max(captured, ip_length(frame_.bytes));
  frame_.seconds = packet.seconds;
  frame_.nanoseconds = packet.nanoseconds;
  if (!packet.has_stamp) {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    frame_.seconds = now.tv_sec;
    frame_.nanoseconds = static_cast<uint32_t>(now.tv_nsec);
  }
  if (clock_.is_moved()) clock_.map(frame_.seconds, frame_.nanoseconds);
}

}  // namespace sys
