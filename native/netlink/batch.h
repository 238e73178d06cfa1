#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "netlink/attributes.h"
#include "netlink/buffer.h"

namespace netlink {

/// One nfnetlink transaction: begin, messages, end. The kernel takes all of it or nothing.
///
/// Only the last message asks for an acknowledgement, since one for each would overflow the receive
/// buffer; the kernel reports every message that failed by its sequence number all the same.
class Batch {
 public:
  /// Starts anew. Sequence numbers of messages count from `first_sequence` + 1.
  void begin(uint32_t first_sequence);
  /// Opens a message of nf_tables about a table of this family; its attributes are written next.
  AttributeWriter message(uint16_t type, uint16_t flags, uint32_t sequence, uint8_t family);
  /// The same under the next sequence number, about a table of the family inet.
  AttributeWriter message(uint16_t type, uint16_t flags);
  void close_message();
  /// Asks for the acknowledgement of the last message and writes the end.
  void end();

  bool empty() const { return message_count_ == 0; }
  size_t message_count() const { return message_count_; }
  uint32_t first_sequence() const { return first_sequence_; }
  uint32_t next_sequence() const { return last_sequence_ + 1; }
  /// Sequence number of the message whose acknowledgement tells that the kernel is through.
  uint32_t last_sequence() const { return last_sequence_; }
  Buffer& buffer() { return buffer_; }
  std::span<const std::byte> bytes() const { return buffer_.bytes(); }

 private:
  void frame(uint16_t type);

  Buffer buffer_;
  size_t message_at_ = 0;
  size_t message_count_ = 0;
  uint32_t first_sequence_ = 0;
  uint32_t last_sequence_ = 0;
};

/// A single request outside of any transaction (GET messages), ready to be sent.
AttributeWriter begin_request(Buffer& buffer, uint16_t type, uint16_t flags, uint32_t sequence,
                              uint8_t family);
void end_request(Buffer& buffer);

}  // namespace netlink
