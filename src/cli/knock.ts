#!/usr/bin/env node
import { knock, type KnockStep } from '../client/knock.ts';
import { servicePort } from '../client/service-port.ts';
import { readKnockFlags, type KnockFlags } from './knock-flags.ts';
import { endQuietlyOnClosedPipe, print, say } from './terminal.ts';

/** `knock [options] HOST PORT[:PROTO]...`; the exit code, as 0.8 has it. */
export async function main(args: readonly string[]): Promise<number> {
  const flags = readKnockFlags(args);
  if (typeof flags === 'number') return flags;
  const steps = flags.ports.map((text) => readStep(text, flags.isAllUdp));
  // A port that nobody knows ends the knock where it stands, behind those that were hit.
  const unknown = steps.findIndex((step) => step === undefined);
  const known = (unknown < 0 ? steps : steps.slice(0, unknown)) as KnockStep[];
  const failure = await send(flags, known);
  if (failure !== undefined) return unresolved(flags, 0, failure);
  if (unknown < 0) return 0;
  return unresolved(flags, unknown, 'Servname not supported for ai_socktype');
}

/** Knocks; why the host could not be resolved, if it could not. */
async function send(flags: KnockFlags, steps: readonly KnockStep[]): Promise<string | undefined> {
  const { host, ports, delayMs, family, isVerbose } = flags;
  let hits = 0;
  try {
    await knock(host, steps, {
      delayMs,
      ...(family === undefined ? {} : { family }),
      onHit: ({ protocol }, address) => {
        const typed = ports[hits++]!.split(':')[0]!;
        if (isVerbose) print(`hitting ${protocol} ${address}:${typed}`);
      },
    });
    return undefined;
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall !== 'getaddrinfo') throw error;
    return REASONS[code ?? ''] ?? 'Name or service not known';
  }
}

/** gai_strerror(3). */
const REASONS: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'Temporary failure in name resolution',
  EAI_ADDRFAMILY: 'Address family for hostname not supported',
  EAI_MEMORY: 'Memory allocation failure',
};

function unresolved({ host, ports }: KnockFlags, at: number, reason: string): number {
  const [port] = ports[at]!.split(':');
  say(`Failed to resolve hostname '${host}' on port ${port}`);
  say(`getaddrinfo: ${reason}`);
  return 1;
}

/** UDP for exactly `udp`; whatever else stands behind the colon is TCP. */
function readStep(text: string, isAllUdp: boolean): KnockStep | undefined {
  const [name = '', by] = text.split(':');
  const protocol = isAllUdp || by === 'udp' ? 'udp' : 'tcp';
  const port = servicePort(name, protocol);
  return port === undefined ? undefined : { port, protocol };
}

endQuietlyOnClosedPipe();
process.exitCode = await main(process.argv.slice(2));
