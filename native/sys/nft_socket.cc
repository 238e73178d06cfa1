#include "sys/nft_socket.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <climits>

#include "sys/netlink_socket.h"

namespace sys {

namespace {

/// The kernel fills up to 32 KiB of a dump into one datagram if the reader offers room for it.
constexpr size_t kInboxSize = 64 * 1024;
/// Room for the refusals of a whole batch: each takes about a kilobyte of the kernel's account.
constexpr int kReceiveBuffer = 16 * 1024 * 1024;

void set_option(int socket, int option, int value) {
  ::setsockopt(socket, SOL_NETLINK, option, &value, sizeof value);
}

}  // namespace

Result<NftSocket> NftSocket::open() {
  auto socket = open_netlink(NETLINK_NETFILTER);
  if (!socket.ok()) return socket.failure();
  const int descriptor = socket.value().get();
  // An acknowledgement need not repeat what it answers, and may say in words what was wrong.
  set_option(descriptor, NETLINK_CAP_ACK, 1);
  set_option(descriptor, NETLINK_EXT_ACK, 1);
  set_receive_buffer(descriptor, kReceiveBuffer);
  sockaddr_nl address{};
  socklen_t length = sizeof address;
  if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    return failed("getsockname");
  }
  NftSocket opened(socket.take());
  opened.port_ = address.nl_pid;
  opened.inbox_.resize(kInboxSize);
  opened.ensure_send_buffer(1024 * 1024);
  return opened;
}

Result<std::span<const RefusedMessage>> NftSocket::commit(const netlink::Batch& batch) {
  refused_.clear();
  reason_.clear();
  ensure_send_buffer(batch.bytes().size());
  if (auto sent = send(batch.bytes()); !sent.ok()) return sent.failure();

  // The answer to the last message is the last one, unless something was refused.
  bool is_answered = false;
  while (!is_answered || !refused_.empty()) {
    auto received = receive(false);
    if (!received.ok()) return received.failure();
    if (received.value().empty()) break;
    netlink::ReplyReader replies(received.value());
    for (netlink::Reply reply; replies.next(reply);) {
      // Numbers wrap, so the distance tells whether an answer belongs to this batch.
      const uint32_t distance = reply.sequence - batch.first_sequence();
      if (distance > batch.last_sequence() - batch.first_sequence()) continue;
      if (reply.kind == netlink::Reply::Kind::kFailed) {
        // A refusal of the batch as such stands under its own number; it answers everything.
        if (distance == 0) return Failure{"nfnetlink", reply.error};
        if (refused_.empty()) reason_ = reply.reason;
        refused_.push_back({reply.sequence, reply.error});
      }
      if (reply.sequence == batch.last_sequence()) is_answered = true;
    }
  }
  if (!is_answered && refused_.empty()) return Failure{"nfnetlink", ENOBUFS};
  return std::span<const RefusedMessage>(refused_);
}

Result<Done> NftSocket::dump(netlink::Buffer& request, uint32_t sequence, const Visit& visit) {
  auto begun = begin_dump(request, sequence);
  if (!begun.ok()) return begun.failure();
  Dump dump = begun.value();
  while (!dump.is_done) {
    if (auto read = read_on(dump, visit); !read.ok()) return read.failure();
  }
  if (dump.is_interrupted) return Failure{"nfnetlink", EINTR};
  return Done{};
}

Result<Dump> NftSocket::begin_dump(netlink::Buffer& request, uint32_t sequence) {
  if (auto sent = send(request.bytes()); !sent.ok()) return sent.failure();
  return Dump{.sequence = sequence};
}

Result<Done> NftSocket::read_on(Dump& dump, const Visit& visit) {
  auto received = receive(true);
  if (!received.ok()) return received.failure();
  netlink::ReplyReader replies(received.value());
  for (netlink::Reply reply; replies.next(reply);) {
    if (reply.sequence != dump.sequence) continue;
    dump.is_interrupted = dump.is_interrupted || reply.is_interrupted;
    switch (reply.kind) {
      case netlink::Reply::Kind::kMessage:
        visit(reply.attributes);
        break;
      case netlink::Reply::Kind::kFailed:
        return Failure{"nfnetlink", reply.error};
      case netlink::Reply::Kind::kDone:
        if (reply.error != 0) return Failure{"nfnetlink", reply.error};
        [[fallthrough]];
      case netlink::Reply::Kind::kAcknowledged:
        dump.is_done = true;
    }
  }
  return Done{};
}

Result<uint32_t> NftSocket::generation() {
  const uint32_t sequence = take_sequences(0);
  netlink::begin_request(request_, NFT_MSG_GETGEN, NLM_F_ACK, sequence, NFPROTO_UNSPEC);
  netlink::end_request(request_);
  uint32_t generation = 0;
  auto dumped = dump(request_, sequence, [&](std::span<const std::byte> attributes) {
    generation = netlink::generation_of(attributes);
  });
  if (!dumped.ok()) return dumped.failure();
  return generation;
}

uint32_t NftSocket::take_sequences(size_t count) {
  const uint32_t first = sequence_;
  sequence_ += static_cast<uint32_t>(count) + 1;
  return first;
}

Result<Done> NftSocket::send(std::span<const std::byte> bytes) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  for (;;) {
    const ssize_t sent = ::sendto(socket_.get(), bytes.data(), bytes.size(), 0,
                                  reinterpret_cast<sockaddr*>(&kernel), sizeof kernel);
    if (sent >= 0) return Done{};
    if (errno != EINTR) return failed("sendto");
  }
}

Result<std::span<const std::byte>> NftSocket::receive(bool may_wait) {
  for (;;) {
    const ssize_t size =
        ::recv(socket_.get(), inbox_.data(), inbox_.size(), may_wait ? 0 : MSG_DONTWAIT);
    if (size >= 0) return std::span<const std::byte>(inbox_).first(static_cast<size_t>(size));
    if (errno == EAGAIN && !may_wait) return std::span<const std::byte>();
    if (errno != EINTR) return failed("recv");
  }
}

// A transaction is one datagram, and the kernel takes none that is longer than the send buffer.
void NftSocket::ensure_send_buffer(size_t size) {
  constexpr size_t kMost = INT_MAX / 2;
  const size_t wanted = std::min(kMost, size + size / 4);
  if (wanted <= send_buffer_) return;
  set_send_buffer(socket_.get(), static_cast<int>(wanted));
  send_buffer_ = wanted;
}

}  // namespace sys
