/** What the packets of a knock are: to ports, or pings, whose size is what a port is else. */
export const CARRIERS = ['tcp', 'udp', 'icmp'] as const;

export type Carrier = (typeof CARRIERS)[number];

/** A bigger ping does not fit into one packet of IPv6 on a link that carries 1500 bytes. */
export const LARGEST_PING = 1452;

/** Ports from one to another, both counted. */
export interface PortRange {
  readonly from: number;
  readonly to: number;
}

/** A knock that says something: what it says lies on the ports of a span, in whatever order they come. */
export type Encoded = SealedKnock | OneTimeKnock | LegacyKnock;

interface EncodedBase {
  readonly carrier: Carrier;
  readonly span: readonly PortRange[];
  /** Sources whose ports are remembered at one time, a power of two. */
  readonly maxQueues: number;
}

/** Authenticated and encrypted, with a key for each client. */
export interface SealedKnock extends EncodedBase {
  readonly kind: 'sealed';
  /** Path of the file of clients and their keys. */
  readonly keyFile: string;
  /** How far the client's clock may be off, either way. */
  readonly windowSeconds: number;
  readonly address: AddressRule;
  /** The longest that a knock can ask for. */
  readonly longestSeconds: number;
}

/**
 * Whom a sealed knock opens for. `agree`: the address inside the seal, which must be the packets' source;
 * `observed`: the packets' source, and none is inside; `stated`: the one inside, whatever the source.
 */
export type AddressRule = 'agree' | 'observed' | 'stated';

/** A few ports that change with every use (HOTP) or with time (TOTP). */
export interface OneTimeKnock extends EncodedBase {
  readonly kind: 'totp' | 'hotp';
  readonly secretFile: string;
  readonly ports: number;
  /** TOTP: how long one code is in force. */
  readonly periodSeconds: number;
  /** TOTP: codes before and after the one in force that count too. HOTP: codes after the next one that do. */
  readonly drift: number;
}

/** The format of the first system, of 2004: fields as bytes, perhaps through a block cipher. */
export interface LegacyKnock extends EncodedBase {
  readonly kind: 'legacy';
  readonly profile: LegacyProfile;
  /** Path of the file that holds the passphrase; undefined: the bytes lie on the span as they are. */
  readonly passphraseFile?: string;
  readonly address: AddressRule;
}

/** The published description, and choices for what it leaves open. */
export interface LegacyProfile {
  /** In the order in which they are packed. */
  readonly fields: readonly LegacyField[];
  readonly cipher: 'none' | 'blowfish' | 'rijndael' | 'des';
  /** Eight bytes, as text. */
  readonly iv: string;
  /** Whether `RandomIV` and the initialisation vector go before the blocks. */
  readonly hasHeader: boolean;
  readonly portWidth: 'big' | 'little' | 'byte' | 'digits';
  readonly checksum: 'bytes' | 'fields' | 'xor' | 'mod255';
  readonly bitOrder: 'msb' | 'lsb' | 'integer';
  /** Whether the key is drawn from the passphrase by MD5, or is its bytes. */
  readonly isKeyHashed: boolean;
}

export type LegacyField =
  'client' | 'port' | 'time' | 'mask' | 'checksum' | 'flags' | `flag${number}`;
