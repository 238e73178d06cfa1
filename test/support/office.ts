import { pcap } from './capture.ts';
import { frame } from './frame.ts';

/** A door file, and a capture of six packets in which somebody knocks at its door in time and it closes. */
export const OFFICE_DOORS = `[ssh]
  sequence = 7001,8002:udp,9003
  seq_timeout = 5
  tcpflags = syn
  open = tcp/22
  open_for = 2s
`;

const KNOCKER = '198.51.100.7';
const SECONDS = 1_700_000_000;

const at = (milliseconds: number, bytes: Uint8Array) => ({
  bytes,
  seconds: SECONDS + Math.floor(milliseconds / 1000),
  nanoseconds: (milliseconds % 1000) * 1e6,
});
const syn = (to: number): Uint8Array => frame({ from: KNOCKER, tcp: { to, syn: true } });

/** In order: three knocks, a packet for nobody, an ARP question, and the first knock again much later. */
export const OFFICE_PACKETS = [
  at(0, syn(7001)),
  at(100, frame({ from: KNOCKER, udp: { to: 8002 } })),
  at(250, syn(9003)),
  at(300, syn(443)),
  at(400, frame({ ethertype: 0x0806 })),
  at(9000, syn(7001)),
];

export function officeCapture(): Uint8Array {
  return pcap(OFFICE_PACKETS, { isNano: true });
}
