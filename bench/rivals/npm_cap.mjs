// npm's cap listens on an interface and calls an empty listener for each packet, until it is ended:
//   npm_cap.mjs PACKAGES INTERFACE FILTER   ->   N packets
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [packages, device, filter] = process.argv.slice(2);
const { Cap } = createRequire(join(packages, 'package.json'))('cap');
const cap = new Cap();
let packets = 0;
// It writes to this buffer, but does not keep it from being collected.
globalThis.buffer = Buffer.alloc(65535);
cap.open(device, filter, 16 << 20, globalThis.buffer);
cap.on('packet', () => packets++);
process.on('SIGTERM', () => {
  console.log(`${packets} packets`);
  process.exit(0);
});
console.log('listening');
