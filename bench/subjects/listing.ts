import { nftFirewall, RangeBuilder, type Door } from 'postern';
import { BENCH_DOOR } from '../bench-door.ts';
import { expectOwnNamespace } from '../workload/own-namespace.ts';

/**
 * Makes a table with a block list in the network namespace it is started in:
 *   listing RANGES COUNTERS   ->   {"ranges":N,"ms":M}
 */
const [count, counters] = process.argv.slice(2).map(Number) as [number, number];
expectOwnNamespace();

const door: Door = { ...BENCH_DOOR, open: [{ protocol: 'tcp', from: 22, to: 22 }] };
const block = new RangeBuilder();
for (let at = 0; at < count; at++) block.add4(0x0b000000 + at * 512, 0x0b0000ff + at * 512);
const lists = {
  allow: new RangeBuilder().build(),
  block: block.build(),
  scope: 'guarded',
  hasCounters: counters === 1,
  isByHand: false,
} as const;

const firewall = nftFirewall({ lists, onStop: 'remove' });
const began = performance.now();
await firewall.start([door]);
console.log(JSON.stringify({ ranges: count, ms: performance.now() - began }));
await firewall.close();
