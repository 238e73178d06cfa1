import { appendFileSync } from 'node:fs';
import { logLine, type LogFormat } from '../client/log-lines.ts';
import { ownAddress } from '../client/own-address.ts';
import { resolve } from '../client/resolve.ts';
import type { Carrier } from '../door/encoded.ts';
import type { Task } from './knock-task.ts';
import { print, table } from './terminal.ts';

/** The first of the ports that systems give to connections by themselves. */
const FIRST_DYNAMIC = 49_152;

/** `--test`: what would be sent, and what it says; nothing is. */
export function explain({ host, targets, fields }: Task): number {
  const ports = targets.map(({ text, step }) => targetText(text, step?.protocol));
  print(`${host} ${ports.join(' ')}`);
  for (const line of table(fields)) print(line);
  return 0;
}

/** `--to-log`: the lines that a firewall would write about the knock, at the end of a file. */
export async function writeLog(
  { host, targets, options }: Task,
  { file, format }: { readonly file: string; readonly format: LogFormat },
): Promise<number> {
  const lines: string[] = [];
  for (const target of await resolve(host, options.family)) {
    const source = options.source ?? (await ownAddress(target));
    for (const [nth, { step }] of targets.entries()) {
      if (step === undefined) continue;
      const { port, protocol = 'tcp' } = step;
      const sourcePort = FIRST_DYNAMIC + nth;
      lines.push(logLine(format, { source, target, protocol, port, sourcePort, at: new Date() }));
    }
  }
  appendFileSync(file, lines.map((line) => `${line}\n`).join(''));
  return 0;
}

/** `7000`, `7000:udp`, `icmp:64` */
function targetText(port: string, protocol: Carrier | undefined): string {
  if (protocol === 'icmp') return `icmp:${port}`;
  return protocol === 'udp' ? `${port}:udp` : port;
}
