#include "netlink/batch.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <cstddef>

namespace netlink {

namespace {

void write_header(Buffer& buffer, uint16_t type, uint16_t flags, uint32_t sequence, nfgenmsg head) {
  nlmsghdr header{};
  header.nlmsg_len = sizeof header + sizeof head;
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | flags);
  header.nlmsg_seq = sequence;
  std::byte* at = buffer.claim(sizeof header + sizeof head);
  std::memcpy(at, &header, sizeof header);
  std::memcpy(at + sizeof header, &head, sizeof head);
}

constexpr uint16_t nft_type(uint16_t type) {
  return static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | type);
}

}  // namespace

void Batch::begin(uint32_t first_sequence) {
  buffer_.clear();
  message_count_ = 0;
  first_sequence_ = last_sequence_ = first_sequence;
  frame(NFNL_MSG_BATCH_BEGIN);
}

AttributeWriter Batch::message(uint16_t type, uint16_t flags) {
  return message(type, flags, next_sequence(), NFPROTO_INET);
}

AttributeWriter Batch::message(uint16_t type, uint16_t flags, uint32_t sequence, uint8_t family) {
  message_at_ = buffer_.size();
  message_count_++;
  last_sequence_ = sequence;
  write_header(buffer_, nft_type(type), flags, sequence, {family, NFNETLINK_V0, 0});
  return AttributeWriter(buffer_);
}

void Batch::close_message() {
  buffer_.patch(message_at_, static_cast<uint32_t>(buffer_.size() - message_at_));
}

void Batch::end() {
  if (message_count_ > 0) {
    constexpr size_t kFlagsAt = offsetof(nlmsghdr, nlmsg_flags);
    uint16_t flags = 0;
    std::memcpy(&flags, buffer_.bytes().data() + message_at_ + kFlagsAt, sizeof flags);
    buffer_.patch(message_at_ + kFlagsAt, static_cast<uint16_t>(flags | NLM_F_ACK));
  }
  frame(NFNL_MSG_BATCH_END);
}

void Batch::frame(uint16_t type) {
  write_header(
      buffer_, type, 0, first_sequence_,
      {NFPROTO_UNSPEC, NFNETLINK_V0, big_endian(static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES))});
}

AttributeWriter begin_request(Buffer& buffer, uint16_t type, uint16_t flags, uint32_t sequence,
                              uint8_t family) {
  buffer.clear();
  write_header(buffer, nft_type(type), flags, sequence, {family, NFNETLINK_V0, 0});
  return AttributeWriter(buffer);
}

void end_request(Buffer& buffer) { buffer.patch(0, static_cast<uint32_t>(buffer.size())); }

}  // namespace netlink
