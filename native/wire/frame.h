#pragma once
#include <cstdint>

#include "wire/byte_view.h"

namespace wire {

/// A frame as a source hands it over: bytes on loan, and what the source knows besides.
struct Frame {
  ByteView bytes;            ///< as captured, from the link header on
  uint32_t original_length;  ///< on the wire; never under the captured length in an honest file
  uint16_t link_type;        ///< as in capture files (LINKTYPE_*); see link.h
  uint16_t interface;        ///< index into the source's list of interfaces
  int64_t seconds;           ///< whole seconds since the epoch
  uint32_t nanoseconds;      ///< under 1,000,000,000
  /// The tag that the kernel took out of the bytes (TP_STATUS_VLAN_VALID), outside of all others.
  bool has_tag = false;
  uint16_t tag = 0;          ///< its control information; the id is the low 12 bits
  bool is_outgoing = false;  ///< sent by this host itself
};

}  // namespace wire
