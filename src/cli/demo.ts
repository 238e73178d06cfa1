import { fileURLToPath } from 'node:url';
import { nativeProblem } from '../native.ts';
import type { Command } from './command.ts';
import { liveDemo, whyNoLiveDemo } from './demo-live.ts';
import { EXIT } from './exit-code.ts';
import { postern } from './postern.ts';
import { print } from './terminal.ts';

export const demo: Command = {
  example: ['$0 demo', 'needs no root, touches nothing of the network'],
  flags: (parser) => parser,
  run: async () => {
    print('1. A recorded capture, replayed through a door file.\n');
    const replayed = await replayShipped();
    if (replayed !== EXIT.done) return replayed;

    print('\n2. The real daemon in a private network namespace.\n');
    const obstacle = nativeProblem() ?? whyNoLiveDemo();
    if (obstacle !== undefined) {
      print(`Left out: ${obstacle}.`);
      return nextStep(EXIT.done);
    }
    return nextStep((await liveDemo(example('demo.conf'))) ? EXIT.done : EXIT.failed);
  },
};

function replayShipped(): Promise<number> {
  const [capture, doors] = [example('demo.pcap'), example('demo.conf')];
  print(`$ postern replay ${capture} -c ${doors}\n`);
  return postern(['replay', capture, '-c', doors]);
}

function nextStep(code: number): number {
  print(`\nNext: sudo npx postern run -i eth0 -c ${example('knockd.conf')}`);
  return code;
}

function example(name: string): string {
  return fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
}
