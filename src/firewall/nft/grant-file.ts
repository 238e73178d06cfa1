import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import type { Door } from '../../door/door.ts';
import { grantPrefix } from '../../door/grant-prefix.ts';
import { portsFor } from '../../door/ports.ts';
import { onePortsText } from '../../door/ports-text.ts';
import { replaceFile } from '../../replace-file.ts';
import { formatAddress, parseAddress } from '../../tuple/address.ts';
import type { Grant } from '../firewall.ts';
import { bootId } from './boot-id.ts';

/** Where grants are kept that the kernel forgets with the daemon. */
export interface GrantKeeping {
  readonly path: string;
  /** Makes its folder if need be; throws if that is not ours alone. */
  readonly makeFolder: () => void;
  /** How long the machine has slept since its boot: the clock of grants does not count that. */
  readonly sleptMs: () => number;
}

/** Lines that may stand in the file besides two for each grant, until it is written anew. */
const SPARE_LINES = 4096;

/**
 * The grants of a table that ends with its daemon, in a file: what has been reported survives a restart
 * and a kill -9 with what it has left. It is about one boot and one network namespace, so it need not
 * outlive the machine: a line is one write, which no killed process takes back, and no disk is waited for.
 *
 *     ["postern grants 1", BOOT, NETWORK NAMESPACE]
 *     [ID, DOOR, SOURCE, END, BY, [PORTS, ...]]     in milliseconds since the boot
 *     [ID]                                          it is over
 */
export class GrantFile {
  readonly #keeping: GrantKeeping;
  readonly #onTrouble: (why: string) => void;
  #file: number | undefined;
  #lines = 0;
  /** The sleep that is in the ends of grants already: what they are told of by and by. */
  #sleptMs: number;

  /** `onTrouble`: told why grants were not taken over, or are not kept. */
  constructor(keeping: GrantKeeping, onTrouble: (why: string) => void) {
    this.#keeping = keeping;
    this.#onTrouble = onTrouble;
    this.#sleptMs = keeping.sleptMs();
  }

  /** All grants end so much earlier from now on, by their own clock; by the machine's nothing changes. */
  slept(byMs: number): void {
    this.#sleptMs += byMs;
  }

  /** What an earlier daemon left to these doors; nothing of a file that is not whole, or not ours. */
  read(doors: readonly Door[]): Grant[] {
    try {
      const { path, makeFolder } = this.#keeping;
      if (!existsSync(path)) return [];
      makeFolder();
      return grantsIn(textOf(path), doors, this.#sleptMs);
    } catch (error) {
      this.#onTrouble(`no grants taken over: ${(error as Error).message}`);
      return [];
    }
  }

  /** These grants, and none but them. */
  begin(grants: readonly Grant[]): void {
    this.close();
    try {
      const { path, makeFolder } = this.#keeping;
      makeFolder();
      const lines = [lineOf(header()), ...this.#linesOf(grants)];
      replaceFile(path, lines.join(''));
      this.#file = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
      this.#lines = lines.length;
    } catch (error) {
      this.#complain(error);
    }
  }

  /** Grants that are open, or last longer; `all`: what else there is, in case all is written anew. */
  put(grants: readonly Grant[], all: () => readonly Grant[]): void {
    this.#add(this.#linesOf(grants), all);
  }

  /** Grants that are over before their time. */
  drop(grants: readonly Grant[], all: () => readonly Grant[]): void {
    this.#add(
      grants.map(({ id }) => lineOf([id])),
      all,
    );
  }

  /** Nobody takes anything over from it. */
  remove(): void {
    this.close();
    try {
      if (existsSync(this.#keeping.path)) rmSync(this.#keeping.path);
    } catch (error) {
      this.#complain(error);
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** A write that failed may have left half a line: then all is written anew. */
  #add(lines: readonly string[], all: () => readonly Grant[]): void {
    if (lines.length === 0) return;
    if (this.#file === undefined || this.#lines > SPARE_LINES) {
      const grants = all();
      if (this.#file === undefined || this.#lines > 2 * grants.length + SPARE_LINES) {
        return this.begin(grants);
      }
    }
    try {
      const text = lines.join('');
      const bytes = Buffer.byteLength(text);
      if (writeSync(this.#file, text) !== bytes) throw new Error('the disk is full');
      this.#lines += lines.length;
    } catch (error) {
      this.close();
      this.#complain(error);
    }
  }

  #linesOf(grants: readonly Grant[]): string[] {
    return grants.map((grant) => grantLine(grant, this.#sleptMs));
  }

  #complain(error: unknown): void {
    this.#onTrouble(`grants are not kept over a restart: ${(error as Error).message}`);
  }
}

/** Throws where somebody else may have written it. */
function textOf(path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const { uid, mode } = fstatSync(file);
    if (uid !== process.geteuid!()) throw new Error(`${path} belongs to uid ${uid}, not to us`);
    if ((mode & 0o022) !== 0) throw new Error(`${path} can be written by others`);
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}

/** Half a line at the end is of a grant that nobody was told of. */
function grantsIn(text: string, doors: readonly Door[], sleptMs: number): Grant[] {
  const [first, ...lines] = text.split('\n').slice(0, -1);
  const [kind, ...where] = first === undefined ? [] : valuesOf(first);
  const [ownKind, ...here] = header();
  if (kind !== ownKind) throw new Error('its file is no list of grants');
  if (where.join() !== here.join()) return []; // of another boot, or another namespace
  const found = new Map<unknown, readonly unknown[]>();
  for (const values of lines.map(valuesOf)) {
    if (values.length === 1) found.delete(values[0]);
    else found.set(values[0], values);
  }
  const byName = new Map(doors.map((door) => [door.name, door]));
  return [...found.values()].flatMap((values) => grantOf(values, byName, sleptMs) ?? []);
}

function valuesOf(line: string): readonly unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    value = undefined;
  }
  if (!Array.isArray(value)) throw new Error('its file is damaged');
  return value;
}

function header(): readonly unknown[] {
  const boot = Buffer.from(bootId()).toString('hex');
  return ['postern grants 1', boot, statSync('/proc/self/ns/net').ino];
}

function grantLine({ id, door, source, untilMs, by, ports }: Grant, sleptMs: number): string {
  const names = ports.map(onePortsText);
  return lineOf([id, door.name, formatAddress(source), untilMs + sleptMs, by, names]);
}

function lineOf(values: readonly unknown[]): string {
  return `${JSON.stringify(values)}\n`;
}

/** Undefined: its door, or all that it was for, is no more. Throws where it is no grant. */
function grantOf(
  [id, name, address, until, by, names]: readonly unknown[],
  doors: ReadonlyMap<string, Door>,
  sleptMs: number,
): Grant | undefined {
  const source = typeof address === 'string' ? parseAddress(address) : undefined;
  const isWhole =
    Number.isSafeInteger(id) &&
    Number.isFinite(until) &&
    typeof by === 'string' &&
    Array.isArray(names);
  if (source === undefined || !isWhole) throw new Error('its file is damaged');
  const door = doors.get(String(name));
  if (door === undefined) return undefined;
  const ports = portsFor(door, source.family).filter((each) => names.includes(onePortsText(each)));
  if (ports.length === 0) return undefined;
  const prefix = grantPrefix(door, source.family);
  const untilMs = (until as number) - sleptMs;
  return { id: id as number, door, source, prefix, ports, untilMs, by };
}
