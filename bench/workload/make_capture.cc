// Writes a classic pcap file of generated traffic:
//   make_capture KIND COUNT SEED OUT
// KIND: syn      64-byte SYNs to random ports from 16 million sources
//       mix      TCP, UDP and ICMP over IPv4 and IPv6 of about 815 bytes on average, 5 % tagged, 1
//       % SYNs scan     16 scanners that walk through all ports, one after the other spoofed  first
//       knocks, each from a source of its own million  a million sources in turn, each at another
//       stage of the same knock ipv6     SYNs to random ports over IPv6 vlan     tagged SYNs to
//       random ports spa      UDP of 300 bytes to one port, as single packet authorization sends it
//       match    SYNs to port 8000 from random sources: a port of some door, but nobody's first
// All carry a whole knock (7000, 8000, 9000) every 100,000 packets.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

/// splitmix64: small, seeded, the same on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
  }
  uint32_t below(uint32_t bound) { return static_cast<uint32_t>(next() % bound); }

 private:
  uint64_t state_;
};

struct Packet {
  uint32_t source;
  uint16_t port;
  uint8_t protocol;  // 6, 17 or 1
  uint8_t flags;
  uint16_t length;  // of the frame, without a tag
  bool is_ipv6 = false;
  bool is_tagged = false;
};

class Writer {
 public:
  explicit Writer(FILE* out) : out_(out) {
    const uint32_t header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1};
    std::fwrite(header, sizeof header, 1, out_);
  }

  void write(const Packet& packet) {
    frame_.assign(packet.length + (packet.is_tagged ? 4u : 0u), 0);
    uint8_t* at = frame_.data();
    std::memset(at, 2, 12);
    at += 12;
    if (packet.is_tagged) at = be16(be16(at, 0x8100), 7);
    at = be16(at, packet.is_ipv6 ? 0x86dd : 0x0800);
    at = packet.is_ipv6 ? ipv6(at, packet) : ipv4(at, packet);
    transport(at, packet);

    micros_ += 2;
    const auto size = static_cast<uint32_t>(frame_.size());
    const uint32_t record[4] = {1700000000 + static_cast<uint32_t>(micros_ / 1000000),
                                static_cast<uint32_t>(micros_ % 1000000), size, size};
    std::fwrite(record, sizeof record, 1, out_);
    std::fwrite(frame_.data(), frame_.size(), 1, out_);
  }

 private:
  static uint8_t* be16(uint8_t* at, uint32_t value) {
    at[0] = static_cast<uint8_t>(value >> 8);
    at[1] = static_cast<uint8_t>(value);
    return at + 2;
  }
  static uint8_t* be32(uint8_t* at, uint32_t value) {
    return be16(be16(at, value >> 16), value & 0xffff);
  }

  static uint8_t* ipv4(uint8_t* at, const Packet& packet) {
    uint8_t* header = at;
    at[0] = 0x45;
    be16(at + 2, packet.length - 14u);
    at[8] = 64;
    at[9] = packet.protocol;
    be32(at + 12, packet.source);
    be32(at + 16, 0xc6336401);  // 198.51.100.1
    uint32_t sum = 0;
    for (int word = 0; word < 20; word += 2) sum += header[word] << 8 | header[word + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    be16(header + 10, ~(sum + (sum >> 16)) & 0xffff);
    return at + 20;
  }

  static uint8_t* ipv6(uint8_t* at, const Packet& packet) {
    at[0] = 0x60;
    be16(at + 4, packet.length - 54u);
    at[6] = packet.protocol == 1 ? 58 : packet.protocol;
    at[7] = 64;
    be32(at + 8, 0x20010db8);
    be32(at + 20, packet.source);
    be32(at + 24, 0x20010db8);
    be32(at + 36, 1);
    return at + 40;
  }

  static void transport(uint8_t* at, const Packet& packet) {
    if (packet.protocol == 1) return;
    be16(at, 40000);
    be16(at + 2, packet.port);
    const uint32_t behind = packet.length - (packet.is_ipv6 ? 54u : 34u);
    if (packet.protocol == 17) {
      be16(at + 4, behind);
    } else {
      at[12] = 0x50;
      at[13] = packet.flags;
    }
  }

  FILE* out_;
  uint64_t micros_ = 0;
  std::vector<uint8_t> frame_;
};

constexpr uint16_t kKnock[3] = {7000, 8000, 9000};

Packet syn(Random& random) {
  return {0x0a000000 | random.below(1 << 24), static_cast<uint16_t>(random.below(65536)), 6, 2, 64};
}

Packet mixed(Random& random) {
  const uint32_t kind = random.below(100);
  Packet packet{0x0a000000 | random.below(1 << 24), 443, 6, 0x10, 0};
  if (kind < 1) return syn(random);
  if (kind < 60) {
    packet.length = random.below(100) < 70 ? 1514 : 74;
  } else if (kind < 90) {
    packet.protocol = 17;
    packet.length = static_cast<uint16_t>(200 + random.below(1000));
  } else if (kind < 97) {
    packet.protocol = 17;
    packet.port = 53;
    packet.length = static_cast<uint16_t>(74 + random.below(200));
  } else {
    packet.protocol = 1;
    packet.length = 98;
  }
  packet.is_ipv6 = random.below(5) == 0;
  packet.is_tagged = random.below(20) == 0;
  if (packet.is_ipv6 && packet.length < 74) packet.length = 74;
  return packet;
}

using Kind = Packet (*)(Random&, uint64_t n);

Kind kind_named(const std::string& name) {
  if (name == "syn") return [](Random& random, uint64_t) { return syn(random); };
  if (name == "mix") return [](Random& random, uint64_t) { return mixed(random); };
  if (name == "scan")
    return [](Random&, uint64_t n) {
      return Packet{0x0a000000 | static_cast<uint32_t>(n % 16), static_cast<uint16_t>(n / 16), 6, 2,
                    64};
    };
  if (name == "spoofed")
    return [](Random&, uint64_t n) {
      return Packet{0x0b000000 + static_cast<uint32_t>(n), kKnock[0], 6, 2, 64};
    };
  if (name == "million")
    return [](Random&, uint64_t n) {
      const auto source = static_cast<uint32_t>(n % 1000000);
      return Packet{0x0a000000 | source, kKnock[(source + n / 1000000) % 3], 6, 2, 64};
    };
  if (name == "ipv6")
    return [](Random& random, uint64_t) {
      Packet packet = syn(random);
      packet.is_ipv6 = true;
      packet.length = 74;
      return packet;
    };
  if (name == "vlan")
    return [](Random& random, uint64_t) {
      Packet packet = syn(random);
      packet.is_tagged = true;
      return packet;
    };
  if (name == "spa")
    return [](Random& random, uint64_t) {
      return Packet{0x0a000000 | random.below(1 << 24), 62201, 17, 0, 300};
    };
  if (name == "match")
    return [](Random& random, uint64_t) {
      return Packet{0x0a000000 | random.below(1 << 24), kKnock[1], 6, 2, 64};
    };
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  const Kind kind = argc == 5 ? kind_named(argv[1]) : nullptr;
  if (kind == nullptr) {
    std::fprintf(stderr,
                 "make_capture syn|mix|scan|spoofed|million|ipv6|vlan|spa|match COUNT SEED OUT\n");
    return 2;
  }
  FILE* out = std::fopen(argv[4], "wb");
  if (out == nullptr) {
    std::perror(argv[4]);
    return 1;
  }
  // Large writes make large folios in the page cache, as reading ahead from a disk does.
  std::vector<char> buffer(size_t{16} << 20);
  std::setvbuf(out, buffer.data(), _IOFBF, buffer.size());
  Random random(std::strtoull(argv[3], nullptr, 10));
  Writer writer(out);
  const uint64_t count = std::strtoull(argv[2], nullptr, 10);
  for (uint64_t n = 0; n < count; n++) {
    const uint64_t in_round = n % 100000;
    if (in_round >= 99990 && in_round < 99993) {
      const auto knocker = static_cast<uint32_t>(0xcb007100 + n / 100000 % 250);  // 203.0.113.x
      writer.write({knocker, kKnock[in_round - 99990], 6, 2, 64});
    } else {
      writer.write(kind(random, n));
    }
  }
  return std::fclose(out) == 0 ? 0 : 1;
}
