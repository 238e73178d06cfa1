// Writes seeds for the fuzzers: node native/fuzz/seeds.mjs FOLDER. A few frames of our own, and, where the public
// captures lie beside the project, these and their first frames.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LINKS_SEEDS, LOG_PACKETS_SEEDS, NETLINK_SEEDS } from './netlink-seeds.mjs';

const folder = process.argv[2];
const captures = resolve(import.meta.dirname, '../../../shared/pcaps');
const bytes = (hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex');

const MACS = '020000000002 020000000001';
const TCP = '9c40 1b58 00000001 00000000 5002 faf0 0000 0000';
const IPV4_TCP = `4500 0028 0001 0000 4006 7c2d cb007109 c0000201 ${TCP}`;
const IPV6_ADDRESSES = '20010db8000000000000000000000009 20010db8000000000000000000000001';
const FRAMES = {
  ipv4: `${MACS} 0800 ${IPV4_TCP}`,
  ipv6: `${MACS} 86dd 60000000 0014 0640 ${IPV6_ADDRESSES} ${TCP}`,
  extensions: `${MACS} 86dd 60000000 0034 0040 ${IPV6_ADDRESSES} 3c00000000000000 2b00000000000000 2c00000000000000 0600000100000007 ${TCP}`,
  vlan: `${MACS} 88a8 0064 8100 0005 0800 ${IPV4_TCP}`,
  mpls: `${MACS} 8847 000100ff 000111ff ${IPV4_TCP}`,
  pppoe: `${MACS} 8864 11000001002a 0021 ${IPV4_TCP}`,
};

/** Link types in the order of wire_fuzz.cc, which picks one by the seed's first byte. */
const LINK_TYPES = [1, 0, 9, 12, 101, 108, 113, 228, 229, 276];

function save(target, name, ...parts) {
  mkdirSync(join(folder, target), { recursive: true });
  writeFileSync(join(folder, target, name), Buffer.concat(parts));
}

function pcap(frame) {
  const header = bytes('d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000');
  const record = Buffer.alloc(16);
  record.writeUInt32LE(frame.length, 8);
  record.writeUInt32LE(frame.length, 12);
  return Buffer.concat([header, record, frame]);
}

function pcapng(frame) {
  const padded = Buffer.alloc((frame.length + 3) & ~3);
  frame.copy(padded);
  const packet = Buffer.alloc(28);
  packet.writeUInt32LE(6, 0);
  packet.writeUInt32LE(padded.length + 32, 4);
  packet.writeUInt32LE(frame.length, 20);
  packet.writeUInt32LE(frame.length, 24);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(padded.length + 32);
  const section = bytes('0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000');
  const description = bytes(
    '01000000 20000000 0100 0000 00000000 09000100 09000000 00000000 20000000',
  );
  return Buffer.concat([section, description, packet, padded, length]);
}

/** A slot as the kernel fills it on this machine: tpacket2_hdr, sockaddr_ll, and the frame (or, of a tunnel, the packet). */
function slot(isTunnel, frame) {
  const bytes = isTunnel ? frame.subarray(14) : frame;
  const begin = isTunnel ? 80 : 66;
  const header = Buffer.alloc(begin);
  header.writeUInt32LE(0x51, 0); // TP_STATUS_USER | VLAN_VALID | VLAN_TPID_VALID
  header.writeUInt32LE(bytes.length, 4);
  header.writeUInt32LE(bytes.length, 8);
  header.writeUInt16LE(begin, 12);
  header.writeUInt16LE(80, 14);
  header.writeUInt16LE(100, 24);
  header.writeUInt16LE(0x8100, 26);
  frame.copy(header, 34, 12, 14);
  return Buffer.concat([header, bytes]);
}

/** The first frames of a classic little-endian file, as seeds for the packet parser. */
function saveFrames(name, file) {
  const linkType = LINK_TYPES.indexOf(file.readUInt32LE(20) & 0xffff);
  if (file.readUInt32LE(0) !== 0xa1b2c3d4 || linkType < 0) return;
  for (let at = 24, count = 0; at + 16 <= file.length && count < 20; count++) {
    const captured = file.readUInt32LE(at + 8);
    if (captured > 2048) return;
    save(
      'wire',
      `${name}.${count}`,
      Buffer.of(linkType, 0),
      file.subarray(at + 16, at + 16 + captured),
    );
    at += 16 + captured;
  }
}

for (const [name, hex] of Object.entries(FRAMES)) {
  save('wire', name, Buffer.of(0, 0), bytes(hex));
  save('ring', `${name}.ethernet`, Buffer.of(0), slot(false, bytes(hex)));
  save('ring', `${name}.tunnel`, Buffer.of(1), slot(true, bytes(hex)));
  save('capture', `${name}.pcap`, pcap(bytes(hex)));
  save('capture', `${name}.pcapng`, pcapng(bytes(hex)));
}
save('filter', 'one', bytes('03 12 02 00 1b58 0035'));
save('filter', 'many', Buffer.alloc(400, 'postern'));
for (const [name, reply] of Object.entries(NETLINK_SEEDS)) save('netlink', name, reply);
for (const [name, datagram] of Object.entries(LINKS_SEEDS)) save('links', name, datagram);
for (const [name, datagram] of Object.entries(LOG_PACKETS_SEEDS))
  save('log_packets', name, datagram);

for (const name of existsSync(captures) ? readdirSync(captures) : []) {
  if (!/\.pcap(ng)?$/.test(name)) continue;
  const file = readFileSync(join(captures, name));
  if (file.length <= 16384) save('capture', name, file);
  if (file.length > 24) saveFrames(name, file);
}
