#!/usr/bin/env node
import { isIP } from 'node:net';
import { defaultDoorFile, DoorFileError, readClientDoor } from '../client/door-file.ts';
import { doorSteps } from './knock-door.ts';
import { explain, writeLog } from './knock-instead.ts';
import { knock, type KnockOptions } from '../client/knock.ts';
import { resolverText, UNKNOWN_SERVICE } from '../client/resolve.ts';
import { portOf } from '../config/services.ts';
import { isOpenWithin } from '../client/wait-open.ts';
import { packageVersion } from '../package-version.ts';
import type { Target, Task } from './knock-task.ts';
import { knockUsage, readKnockLine, type KnockOrder } from './knock-flags.ts';
import { endQuietlyOnClosedPipe, print, say } from './terminal.ts';

/** As 0.8: what became of the packets makes no difference. Ours alone: `closed`, with `--wait`. */
const EXIT = { done: 0, failed: 1, closed: 2 } as const;

/** While a port does not answer, the knock is repeated: it may have been lost. */
const KNOCK_AGAIN_MS = 2000;

/** `knock [options] HOST PORT[:PROTOCOL]...`; the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const line = readKnockLine(args);
  switch (line.kind) {
    case 'version':
      print(`knock 0.8 (Postern ${packageVersion()})`);
      return EXIT.done;
    case 'usage':
      if (line.message !== undefined) say(line.message);
      print(knockUsage());
      return EXIT.failed;
    case 'knock':
      return carryOut(line.order);
  }
}

async function carryOut(order: KnockOrder): Promise<number> {
  if (order.delayMs !== undefined && order.delayMs < 0) {
    say('error: delay cannot be negative');
    return EXIT.failed;
  }
  try {
    const task =
      order.door === undefined ? taskOfOperands(order) : await taskOfDoor(order, order.door);
    if (order.isTest) return explain(task);
    if (order.log !== undefined) return await writeLog(task, order.log);
    return await knockUntilOpen(task, order);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    say(error instanceof DoorFileError ? error.message : `knock: ${error.message}`);
    return EXIT.failed;
  }
}

function taskOfOperands(order: KnockOrder): Task {
  const [host, ...operands] = order.operands as [string, ...string[]];
  const targets = operands.map((operand) => targetOf(operand, order.isUdp));
  return { host, targets, options: optionsOf(order), waitPort: waitPort(order.wait), fields: [] };
}

/** Only `udp` in just these letters is UDP; anything else behind the first colon is TCP. */
function targetOf(operand: string, isUdp: boolean): Target {
  const [, text, protocol] = /^([^:]*):?(.*)$/s.exec(operand) as unknown as [
    string,
    string,
    string,
  ];
  const port = portOf(text);
  if (port === undefined) return { text, step: undefined };
  return { text, step: { port, protocol: isUdp || protocol === 'udp' ? 'udp' : 'tcp' } };
}

/** What the command line says beats what the file says. */
async function taskOfDoor(order: KnockOrder, name: string): Promise<Task> {
  const path = order.doorFile ?? defaultDoorFile();
  const door = readClientDoor(path, name);
  const { host } = door;
  if (host === undefined) throw new DoorFileError(`${path}: door "${name}" has no host`);
  const found = await doorSteps(name, { ...door, host }, order);
  if ('missing' in found) {
    throw new DoorFileError(`${path}: door "${name}" has no ${found.missing}`);
  }
  const { steps, fields } = found;
  const targets = steps.map(({ port, protocol }) => ({
    text: String(port),
    step: { port, protocol: order.isUdp ? 'udp' : (protocol ?? 'tcp') } as const,
  }));
  const options = optionsOf({
    delayMs: order.delayMs ?? door.delayMs,
    families: order.families ?? door.family,
    source: order.source ?? door.source,
  });
  return { host, targets, options, waitPort: waitPort(order.wait) ?? door.waitPort, fields };
}

function optionsOf({
  delayMs = 0,
  families,
  source,
}: Pick<KnockOrder, 'delayMs' | 'families' | 'source'>): KnockOptions {
  if (source === undefined) return { delayMs, family: families };
  const ofSource = isIP(source) === 6 ? 6 : 4;
  const family = families === undefined || families === 'both' ? ofSource : families;
  return { delayMs, family, source };
}

function waitPort(text: string | undefined): number | undefined {
  const port = text === undefined ? undefined : portOf(text);
  if (text === undefined || (port !== undefined && port > 0)) return port;
  throw Object.assign(new Error(`--wait ${text}: no port`), { code: 'KNOCK_PORT' });
}

async function knockUntilOpen(task: Task, { isVerbose, timeoutMs }: KnockOrder): Promise<number> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const addresses = await knockOnce(task, isVerbose);
    if (addresses === undefined) return EXIT.failed;
    if (task.waitPort === undefined) return EXIT.done;
    const leftMs = endMs - performance.now();
    const waitMs = Math.min(KNOCK_AGAIN_MS, leftMs);
    if (await isOpenWithin(waitMs, addresses, task.waitPort, task.options.source)) {
      if (isVerbose) print(`${task.host}:${task.waitPort} answers`);
      return EXIT.done;
    }
    if (leftMs <= KNOCK_AGAIN_MS) {
      say(`knock: ${task.host}:${task.waitPort} does not answer`);
      return EXIT.closed;
    }
  }
}

/** The addresses that were hit; undefined: something is not known, and that was said. */
async function knockOnce(task: Task, isVerbose: boolean): Promise<readonly string[] | undefined> {
  const { host, targets } = task;
  const known = targets.findIndex(({ step }) => step === undefined);
  const steps = targets.slice(0, known < 0 ? targets.length : known).map(({ step }) => step!);
  const onHit: KnockOptions['onHit'] = ({ protocol }, address, index) => {
    if (isVerbose) print(`hitting ${protocol} ${address}:${targets[index]!.text}`);
  };
  let addresses: readonly string[] = [];
  try {
    if (steps.length > 0) addresses = await knock(host, steps, { ...task.options, onHit });
  } catch (error) {
    const { syscall } = error as NodeJS.ErrnoException;
    if (syscall !== 'getaddrinfo') throw error;
    return sayUnknown(host, targets[0]!.text, resolverText(error as NodeJS.ErrnoException));
  }
  return known < 0 ? addresses : sayUnknown(host, targets[known]!.text, UNKNOWN_SERVICE);
}

function sayUnknown(host: string, port: string, reason: string): undefined {
  say(`Failed to resolve hostname '${host}' on port ${port}\ngetaddrinfo: ${reason}`);
}

endQuietlyOnClosedPipe();
process.exitCode = await main(process.argv.slice(2));
