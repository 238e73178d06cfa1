import { nftFirewall } from 'postern';
import { BENCH_DOOR } from '../bench-door.ts';
import { expectOwnNamespace } from '../workload/own-namespace.ts';

/**
 * The guard chains of one door, and nobody who listens, in the network namespace it is started in:
 *   guarding   prints `listening`, and waits to be ended
 */
expectOwnNamespace();
const firewall = nftFirewall({ onStop: 'remove' });
await firewall.start([{ ...BENCH_DOOR, open: [{ protocol: 'tcp', from: 22, to: 22 }] }]);
console.log('listening');
setInterval(() => undefined, 60_000);
