import { compileDoors, openRing } from 'postern';
import { BENCH_DOOR } from '../bench-door.ts';
import { expectOwnNamespace } from '../workload/own-namespace.ts';

/**
 * Rings of ours that nobody knocks at, with the filter of doors that want so many ports:
 *   taps INTERFACE COUNT PORTS   prints `listening`, and waits to be ended
 */
const [name, count, ports] = process.argv.slice(2) as [string, string, string];
expectOwnNamespace();

// Every other port, so that no two make a range; 443, which the flood sends to, is none of them.
const doors = Array.from({ length: Math.ceil(Number(ports) / 2) }, (_, at) => ({
  ...BENCH_DOOR,
  name: `door${at}`,
  flags: { mask: 18, value: 2 },
  steps: [
    { protocol: 'tcp' as const, port: 1024 + at * 4 },
    { protocol: 'tcp' as const, port: 1026 + at * 4 },
  ],
}));
const { interest } = compileDoors(doors);
for (let opened = 0; opened < Number(count); opened++) {
  await openRing({ interfaces: [name], interest, slots: 1024 });
}
console.log('listening');
setInterval(() => undefined, 60_000);
