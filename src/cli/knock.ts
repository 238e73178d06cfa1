#!/usr/bin/env node
import { knock, type KnockStep } from '../client/knock.ts';
import { isSet, lastText, type Flags } from './command.ts';
import { EXIT } from './exit-code.ts';
import { asUsage, makeParser, sayUsage, UsageError } from './parser.ts';
import { print, say } from './terminal.ts';

/** `knock [options] HOST PORT[:PROTO]...`; the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const flags = (await makeParser('knock', args)
      .usage(
        'Usage: $0 [options] HOST PORT[:PROTO]...\n\nSends one SYN, or one datagram, to each port in order.',
      )
      .option('udp', { alias: 'u', type: 'boolean', describe: 'all ports by UDP' })
      .option('delay', {
        alias: 'd',
        type: 'string',
        requiresArg: true,
        describe: 'milliseconds after each port',
      })
      .option('ipv4', { alias: '4', type: 'boolean', describe: 'knock by IPv4' })
      .option('ipv6', { alias: '6', type: 'boolean', describe: 'knock by IPv6' })
      .option('verbose', { alias: 'v', type: 'boolean', describe: 'say what is hit' })
      .example('$0 -v gw.example.net 7000 8000:udp 9000', 'three knocks')
      .version(false)
      .strict(false)
      .fail((message, error) => {
        throw asUsage(message, error);
      })
      .parseAsync()) as Flags;
    if (isSet(flags, 'help')) return EXIT.done;
    return await send(flags);
  } catch (error) {
    if (error instanceof UsageError) return sayUsage('knock', error);
    if (error instanceof Error && 'code' in error) {
      say(`knock: ${error.message}`);
      return EXIT.failed;
    }
    throw error;
  }
}

async function send(flags: Flags): Promise<number> {
  const [host, ...ports] = (flags['_'] as (string | number)[]).map(String);
  if (host === undefined || ports.length === 0)
    throw new UsageError('a host and at least one port');
  await knock(
    host,
    ports.map((text) => parseStep(text, isSet(flags, 'udp'))),
    {
      delayMs: parseDelay(lastText(flags, 'delay')),
      ...(isSet(flags, 'ipv6') ? { family: 6 } : isSet(flags, 'ipv4') ? { family: 4 } : {}),
      onHit: ({ protocol, port }, address) => {
        if (isSet(flags, 'verbose')) print(`hitting ${protocol} ${address}:${port}`);
      },
    },
  );
  return EXIT.done;
}

function parseStep(text: string, isAllUdp: boolean): KnockStep {
  const [, port = '', protocol = 'tcp'] = /^(\d{1,5})(?::(tcp|udp))?$/.exec(text) ?? [];
  if (!(Number(port) >= 1 && Number(port) <= 65535)) {
    throw new UsageError(`${text}: a port is 1 to 65535, then nothing, :tcp or :udp`);
  }
  return { port: Number(port), protocol: isAllUdp || protocol === 'udp' ? 'udp' : 'tcp' };
}

function parseDelay(text = '0'): number {
  if (!/^\d{1,7}$/.test(text)) throw new UsageError(`-d ${text}: milliseconds, 0 or more`);
  return Number(text);
}

process.exitCode = await main(process.argv.slice(2));
