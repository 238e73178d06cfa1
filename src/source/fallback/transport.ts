import { TRAIT } from '../../tuple/batch.ts';
import { NO_ECHO, PROTOCOL } from '../../tuple/protocol.ts';
import type { Frame, Tuple } from './frame.ts';
import type { Transport } from './ip.ts';

const ECHO_HEADER = 8;
const ECHO_REQUEST = 8;
const ECHO_REQUEST_6 = 128;

/** Reads ports, flags and the payload's bounds. */
export function readTransport(frame: Frame, packet: Transport, tuple: Tuple): void {
  const isSix = (tuple.traits & TRAIT.ipv6) !== 0;
  switch (tuple.protocol) {
    case PROTOCOL.tcp:
      return readTcp(frame.bytes, packet, tuple);
    case PROTOCOL.udp:
      return readUdp(frame.bytes, packet, tuple);
    case isSix ? PROTOCOL.icmp6 : PROTOCOL.icmp:
      return readIcmp(frame.bytes, packet, isSix ? ECHO_REQUEST_6 : ECHO_REQUEST, tuple);
    default:
      tuple.refuse('otherProtocol');
  }
}

function readTcp(bytes: DataView, { at, end, claimedEnd }: Transport, tuple: Tuple): void {
  if (end - at < 20) return tuple.refuse('cutTransport');
  readPorts(bytes, at, tuple);
  tuple.flags = bytes.getUint16(at + 12) & 0xfff;
  const header = (bytes.getUint8(at + 12) >> 4) * 4;
  if (header < 20) return tuple.refuse('badTransport');
  tuple.traits |= TRAIT.complete;
  if (at + header > claimedEnd) return tuple.refuse('badTransport');
  setPayload(at + header, end, tuple);
}

function readUdp(bytes: DataView, { at, end, claimedEnd }: Transport, tuple: Tuple): void {
  if (end - at < 8) return tuple.refuse('cutTransport');
  readPorts(bytes, at, tuple);
  tuple.traits |= TRAIT.complete;
  const length = bytes.getUint16(at + 4);
  // A first fragment's length is that of the whole datagram.
  const isPast = at + length > claimedEnd && (tuple.traits & TRAIT.firstFragment) === 0;
  if (length < 8 || isPast) return tuple.refuse('badTransport');
  setPayload(at + 8, Math.min(end, at + length), tuple);
}

function readIcmp(bytes: DataView, packet: Transport, echoRequest: number, tuple: Tuple): void {
  const { at, end } = packet;
  if (end - at < 4) return tuple.refuse('cutTransport');
  tuple.sourcePort = bytes.getUint16(at); // type and code
  tuple.port = echoSize(packet, tuple, echoRequest);
  tuple.traits |= TRAIT.complete;
  setPayload(at + ECHO_HEADER, end, tuple);
}

/** By the IP length, since of a long ping not all is captured. What a fragment carries says nothing about the whole. */
function echoSize({ at, end, claimedEnd }: Transport, tuple: Tuple, echoRequest: number): number {
  const isFragment = (tuple.traits & TRAIT.firstFragment) !== 0;
  const isEcho = tuple.sourcePort >> 8 === echoRequest && end >= at + ECHO_HEADER;
  return isEcho && !isFragment ? Math.min(claimedEnd - at - ECHO_HEADER, NO_ECHO) : NO_ECHO;
}

function readPorts(bytes: DataView, at: number, tuple: Tuple): void {
  tuple.sourcePort = bytes.getUint16(at);
  tuple.port = bytes.getUint16(at + 2);
}

function setPayload(at: number, end: number, tuple: Tuple): void {
  if (at >= end) return;
  tuple.payloadAt = at;
  tuple.payloadLength = end - at;
}
