import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Configuration } from '../config/configuration.ts';
import { instanceName, openStateFolder } from './state-folder.ts';
import { bootId } from '../firewall/nft/boot-id.ts';
import { parseNetwork, type Network } from '../tuple/network.ts';
import { textOf } from '../config/address-lists.ts';
import { replaceFile } from '../replace-file.ts';

/** A network that is blocked by hand or for scanning, and why. */
export interface BlockEntry {
  readonly network: Network;
  readonly why: 'by hand' | 'scan' | 'failed attempts';
  /** Who asked for it, as in `uid 0`; undefined: nobody did. */
  readonly by: string | undefined;
  /** On the firewall's clock; undefined: until it is lifted. */
  readonly untilMs: number | undefined;
}

/** So many at one time: each change compares them all. */
export const MOST_BLOCKS = 4096;

/** A line of the file. */
interface Line {
  readonly network: string;
  readonly why: BlockEntry['why'];
  readonly by?: string;
  /** The end by the clock of one boot, and by the wall's for other boots. */
  readonly untilMs?: number;
  readonly untilWallMs?: number;
  readonly boot: string;
}

/**
 * Who is blocked, one JSON object a line, in a file that outlives the daemon: the kernel's set goes with
 * the table, and with the machine. Within one boot ends are those of the monotonic clock, which nobody
 * sets.
 */
export class BlockBook {
  readonly #path: () => string;
  readonly #clock: () => number;
  readonly #entries = new Map<string, BlockEntry>();

  /** `path`: asked for when the file is read or written, since its folder may have to be made. */
  constructor(path: () => string, clock: () => number) {
    this.#path = path;
    this.#clock = clock;
  }

  /** Takes over what an earlier daemon left. */
  load(path: string): void {
    for (const line of linesOf(path)) this.#adopt(line);
  }

  /** Those whose time is not up, in the order in which they came. */
  entries(): BlockEntry[] {
    const nowMs = this.#clock();
    return [...this.#entries.values()].filter(({ untilMs = Infinity }) => untilMs > nowMs);
  }

  find(network: Network): BlockEntry | undefined {
    return this.#entries.get(textOf(network));
  }

  put(entry: BlockEntry): void {
    this.#entries.set(textOf(entry.network), entry);
  }

  remove({ network }: BlockEntry): void {
    this.#entries.delete(textOf(network));
  }

  /** All ends come so much earlier: the machine has slept, and the clock with it. */
  shorten(byMs: number): void {
    for (const entry of this.#entries.values()) {
      const { untilMs } = entry;
      if (untilMs !== undefined) this.put({ ...entry, untilMs: untilMs - byMs });
    }
  }

  /** Drops what is over, and puts the rest on the disk. Throws the system's own errors. */
  save(): void {
    const entries = this.entries();
    this.#entries.clear();
    for (const entry of entries) this.put(entry);
    replaceFile(
      this.#path(),
      entries.map((entry) => `${JSON.stringify(this.#line(entry))}\n`).join(''),
    );
  }

  #line({ network, why, by, untilMs }: BlockEntry): Line {
    return {
      network: textOf(network),
      why,
      ...(by === undefined ? {} : { by }),
      ...(untilMs === undefined
        ? {}
        : { untilMs, untilWallMs: Date.now() + untilMs - this.#clock() }),
      boot: thisBoot(),
    };
  }

  #adopt({ network: text, why, by, untilMs, untilWallMs, boot }: Line): void {
    const network = parseNetwork(text);
    if ('fault' in network) return;
    const nowMs = this.#clock();
    const end = boot === thisBoot() ? untilMs : untilWallMs && nowMs + untilWallMs - Date.now();
    if (end !== undefined && end <= nowMs) return;
    this.put({ network, why, by, untilMs: end });
  }
}

/** Where a daemon keeps who is blocked: in the state folder, by the file's name alone. */
export function blocksFile({ file, options: { stateFolder } }: Configuration): string {
  return join(openStateFolder(stateFolder), blocksName(file));
}

/** Where it may have been left; no folder is made for that. */
export function blocksLeft({ file, options: { stateFolder } }: Configuration): string {
  return join(stateFolder, blocksName(file));
}

function blocksName(file: string): string {
  return `blocked.${instanceName(file, [])}`;
}

/** A line that can't be read, as after a crash of the file system, is no block. */
function linesOf(path: string): Line[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    // ENOTDIR: there is no such folder, and none can be made; the start has said so.
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR'].includes(code)) return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => {
    try {
      const value = JSON.parse(line) as Line;
      return typeof value.network === 'string' ? [value] : [];
    } catch {
      return [];
    }
  });
}

function thisBoot(): string {
  return Buffer.from(bootId()).toString('hex');
}
