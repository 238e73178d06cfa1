// npm's pcap reads a capture and calls an empty listener for each packet:
//   npm_pcap.mjs PACKAGES FILE   ->   {"packets":N,"seconds":S}
import { createRequire } from 'node:module';
import { join } from 'node:path';

const [packages, file] = process.argv.slice(2);
const pcap = createRequire(join(packages, 'package.json'))('pcap');
let packets = 0;
const began = performance.now();
const session = pcap.createOfflineSession(file, '');
session.on('packet', () => packets++);
session.on('complete', () => {
  console.log(JSON.stringify({ packets, seconds: (performance.now() - began) / 1000 }));
});
