#include "netlink/replies.h"

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>

#include <algorithm>
#include <cstring>

#include "netlink/attributes.h"

namespace netlink {

namespace {

constexpr size_t aligned(size_t size) { return (size + 3) & ~size_t{3}; }

// An error carries the header of the message it answers, and the rest of that message too unless
// the kernel was told to cap it; the kernel's words stand behind.
void read_error(const nlmsghdr& header, std::span<const std::byte> body, Reply& reply) {
  nlmsgerr error;
  if (body.size() < sizeof error) {
    reply.kind = Reply::Kind::kMessage;
    return;
  }
  std::memcpy(&error, body.data(), sizeof error);
  reply.kind = error.error == 0 ? Reply::Kind::kAcknowledged : Reply::Kind::kFailed;
  reply.error = error.error < 0 && error.error > -4096 ? -error.error : 0;
  if ((header.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return;
  size_t at = sizeof error;
  if ((header.nlmsg_flags & NLM_F_CAPPED) == 0 && error.msg.nlmsg_len >= sizeof(nlmsghdr)) {
    at += aligned(error.msg.nlmsg_len - sizeof(nlmsghdr));
  }
  reply.reason = text_in(body.subspan(std::min(at, body.size())), NLMSGERR_ATTR_MSG);
}

void read_done(std::span<const std::byte> body, Reply& reply) {
  reply.kind = Reply::Kind::kDone;
  int32_t error = 0;
  if (body.size() >= sizeof error) std::memcpy(&error, body.data(), sizeof error);
  if (error < 0 && error > -4096) reply.error = -error;
}

}  // namespace

bool ReplyReader::next(Reply& reply) {
  if (rest_.size() < sizeof(nlmsghdr)) return false;
  nlmsghdr header;
  std::memcpy(&header, rest_.data(), sizeof header);
  if (header.nlmsg_len < sizeof header || header.nlmsg_len > rest_.size()) return false;
  const auto body = rest_.subspan(sizeof header, header.nlmsg_len - sizeof header);
  rest_ = rest_.subspan(std::min(aligned(header.nlmsg_len), rest_.size()));

  reply = {};
  reply.sequence = header.nlmsg_seq;
  reply.body = body;
  reply.type = header.nlmsg_type & 0xff;
  reply.is_interrupted = (header.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
  if (header.nlmsg_type == NLMSG_ERROR) {
    read_error(header, body, reply);
  } else if (header.nlmsg_type == NLMSG_DONE) {
    read_done(body, reply);
  } else if (body.size() >= sizeof(nfgenmsg)) {
    reply.attributes = body.subspan(sizeof(nfgenmsg));
  }
  return true;
}

bool is_nat_chain(std::span<const std::byte> attributes, std::string_view apart_from) {
  return text_in(attributes, NFTA_CHAIN_TYPE) == "nat" &&
         text_in(attributes, NFTA_CHAIN_TABLE) != apart_from;
}

uint32_t generation_of(std::span<const std::byte> attributes) {
  return number_in(attributes, NFTA_GEN_ID);
}

}  // namespace netlink
