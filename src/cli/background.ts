import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Caller } from './caller.ts';

type Message = { readonly print: string } | { readonly say: string } | { readonly isReady: true };

/** Where the channel stands among the child's descriptors. */
const CHANNEL = 3;

/**
 * Starts the daemon as a process of its own, in a session of its own, with /dev/null for streams, and
 * waits until it is ready: what it has to say until then comes out here, and so does its exit code.
 */
export function launch(args: readonly string[], caller: Caller): Promise<number> {
  const script = fileURLToPath(new URL('./knockd-background.js', import.meta.url));
  const child = spawn(process.execPath, [script, ...args], {
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return new Promise((done) => {
    child.on('message', (message: Message) => {
      if ('print' in message) caller.print(message.print);
      else if ('say' in message) caller.say(message.say);
      else {
        child.disconnect();
        child.unref();
        done(0);
      }
    });
    child.once('error', (error) => {
      caller.say(`knockd: could not go to the background: ${error.message}`);
      done(1);
    });
    child.once('exit', (code, signal) => {
      if (signal !== null)
        caller.say(`knockd: the daemon was ended by ${signal} before it was ready`);
      done(code ?? 1);
    });
  });
}

/** In the background: whoever launched us, as long as he waits. */
export function launcher(): Caller {
  const tell = (message: Message): void => {
    if (process.connected) process.send?.(message);
  };
  return {
    print: (line) => tell({ print: line }),
    say: (line) => tell({ say: line }),
    ready: () => tell({ isReady: true }),
    descriptors: keepChannel,
  };
}

/** Node finds its channel by this variable, and takes it away once it has. */
function keepChannel(): readonly number[] {
  if (!process.connected) return [];
  process.env['NODE_CHANNEL_FD'] = String(CHANNEL);
  return [CHANNEL];
}
