// What the kernel answers to nfnetlink and tells by rtnetlink, built field by field: seeds for netlink_fuzz.cc and
// links_fuzz.cc, and packets as nfnetlink_log hands them over: seeds for log_packets_fuzz.cc.
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NFT = 10 << 8;
const NEW_TABLE = NFT | 0;
const NEW_CHAIN = NFT | 3;
const NEW_RULE = NFT | 6;
const NEW_SET = NFT | 9;
const NEW_ELEMENT = NFT | 12;
const NEW_GENERATION = NFT | 15;
const ACK_TLVS = 0x200;
const CAPPED = 0x100;

const int32 = (value) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
};

function attribute(type, ...parts) {
  const value = Buffer.concat(parts);
  const bytes = Buffer.alloc((value.length + 7) & ~3);
  bytes.writeUInt16LE(value.length + 4, 0);
  bytes.writeUInt16LE(type, 2);
  value.copy(bytes, 4);
  return bytes;
}

function message(type, flags, ...parts) {
  const body = Buffer.concat(parts);
  const header = Buffer.alloc(16);
  header.writeUInt32LE(16 + body.length, 0);
  header.writeUInt16LE(type, 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt32LE(7, 8);
  return Buffer.concat([header, body]);
}

const nfgen = Buffer.from([1, 0, 0, 0]);
const original = message(NEW_ELEMENT, 1, nfgen);
const text = (value) => Buffer.from(`${value}\0`);

function element(key, userData) {
  const left = Buffer.alloc(8);
  left.writeBigUInt64BE(30_000n);
  return attribute(
    1,
    attribute(1, attribute(1, key)),
    attribute(4, left),
    attribute(5, left),
    attribute(6, userData),
  );
}

const tag = Buffer.concat([Buffer.from([0x70, 36]), Buffer.alloc(36, 1)]);
const comment = Buffer.from([0, 4, 0x73, 0x73, 0x68, 0]);
const elements = (...some) =>
  message(
    NEW_ELEMENT,
    2,
    nfgen,
    attribute(1, text('postern')),
    attribute(2, text('open4')),
    attribute(3, ...some),
  );

export const NETLINK_SEEDS = {
  acknowledged: message(NLMSG_ERROR, CAPPED, int32(0), original.subarray(0, 16)),
  refused: message(
    NLMSG_ERROR,
    CAPPED | ACK_TLVS,
    int32(-23),
    original.subarray(0, 16),
    attribute(1, text('set is full')),
  ),
  uncapped: message(NLMSG_ERROR, ACK_TLVS, int32(-2), original, attribute(1, text('no such set'))),
  elements4: elements(
    element(Buffer.alloc(12, 9), Buffer.concat([comment, tag])),
    element(Buffer.alloc(12, 8), tag),
  ),
  elements6: elements(element(Buffer.alloc(24, 9), tag), element(Buffer.alloc(16, 9), comment)),
  chain: message(NEW_CHAIN, 2, nfgen, attribute(7, text('nat'))),
  table: message(
    NEW_TABLE,
    0,
    nfgen,
    attribute(1, text('postern')),
    attribute(2, Buffer.from([0, 0, 0, 6])),
    attribute(4, Buffer.alloc(8, 1)),
  ),
  baseChain: message(
    NEW_CHAIN,
    0,
    nfgen,
    attribute(1, text('postern')),
    attribute(2, Buffer.alloc(8, 1)),
    attribute(3, text('guard')),
    attribute(4, attribute(1, Buffer.alloc(4)), attribute(2, Buffer.alloc(4, 255))),
    attribute(5, Buffer.alloc(4)),
  ),
  rule: message(
    NEW_RULE,
    0,
    nfgen,
    attribute(1, text('postern')),
    attribute(2, text('guard')),
    attribute(3, Buffer.alloc(8, 1)),
    attribute(7, comment),
  ),
  set: message(
    NEW_SET,
    0,
    nfgen,
    attribute(1, text('postern')),
    attribute(2, text('open4')),
    attribute(16, Buffer.alloc(8, 1)),
  ),
  generation: message(NEW_GENERATION, 0, nfgen, attribute(1, Buffer.from([0, 0, 1, 0]))),
  done: message(NLMSG_DONE, 2, int32(0)),
};

const NEW_LINK = 16;
const NEW_ADDRESS = 20;
const NEW_ROUTE = 24;

/** ifinfomsg: family, type, index, flags (up and running), change. */
const linkHead = (index) =>
  Buffer.concat([Buffer.alloc(4), int32(index), int32(0x10043), int32(0)]);

export const LINKS_SEEDS = {
  link: message(
    NEW_LINK,
    2,
    linkHead(7),
    attribute(3, text('srv0')),
    attribute(5, int32(6)),
    attribute(37, int32(0)),
    attribute(10, int32(3)),
    attribute(18, attribute(1, text('veth'))),
  ),
  address: message(NEW_ADDRESS, 0, Buffer.alloc(8), attribute(1, Buffer.from([10, 77, 0, 2]))),
  route: message(NEW_ROUTE, 0, Buffer.from([2, 0, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0])),
  done: message(NLMSG_DONE, 2, int32(0)),
};

const ULOG_PACKET = 4 << 8;
const stamp = Buffer.alloc(16);
stamp.writeBigUInt64BE(1_700_000_000n, 0);
stamp.writeBigUInt64BE(250_000n, 8);
const ipv4Syn = Buffer.from(
  '45000028000100004006 7c2d cb007109c0000201 9c401b58 00000001 00000000 5002faf000000000'.replaceAll(
    ' ',
    '',
  ),
  'hex',
);
const logged = (number, ...more) => {
  const sequence = Buffer.alloc(4);
  sequence.writeUInt32BE(number);
  return message(
    ULOG_PACKET,
    0,
    Buffer.from([2, 0, 0, 5]),
    attribute(12, sequence),
    ...more,
    attribute(9, ipv4Syn),
  );
};

export const LOG_PACKETS_SEEDS = {
  packet: logged(0),
  'packet with its time': logged(1, attribute(3, stamp)),
  'gathered packets': Buffer.concat([
    logged(2, attribute(3, stamp)),
    logged(3),
    message(NLMSG_DONE, 2, int32(0)),
  ]),
};
