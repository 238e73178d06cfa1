import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const FOLDER = resolve(import.meta.dirname, '../../../shared/pcaps');

/** Why the public captures can't be tested against, or undefined. */
export const CORPUS_MISSING: string | undefined = existsSync(join(FOLDER, 'MANIFEST.tsv'))
  ? undefined
  : `${FOLDER} is not there`;

/** A public capture, and what another program says of it. */
export interface CorpusCapture {
  readonly file: string;
  readonly path: string;
  readonly linkTypes: string;
  /** tshark's exit code: not 0 if it refused the file or a part. */
  readonly refused: boolean;
  /** Columns of the manifest that count packets. */
  readonly counts: Readonly<Record<CountName, number>>;
  readonly compared: number;
}

export type CountName = (typeof COUNTS)[number];

export const COUNTS = [
  'packets',
  'ip4',
  'ip6',
  'tcp4',
  'udp4',
  'icmp4',
  'tcp6',
  'udp6',
  'icmp6',
  'syn_noack',
  'frag_later',
  'noip',
] as const;

/** One packet of a truth file. */
export interface Truth {
  readonly n: number;
  readonly ts: string | null;
  readonly src: string | null;
  readonly dst: string | null;
  readonly proto: string | null;
  readonly sport: number | null;
  readonly dport: number | null;
  readonly flags: number | null;
  readonly frag: string | null;
  readonly complete: boolean;
  readonly disputed?: Readonly<Record<string, readonly [unknown, unknown]>>;
}

export function corpus(): readonly CorpusCapture[] {
  if (CORPUS_MISSING !== undefined) return [];
  const [head, ...lines] = readFileSync(join(FOLDER, 'MANIFEST.tsv'), 'utf8').trim().split('\n');
  const names = head!.split('\t');
  return lines.map((line) => {
    const cells = line.split('\t');
    const cell = (name: string): string => cells[names.indexOf(name)]!;
    return {
      file: cell('file'),
      path: join(FOLDER, cell('file')),
      linkTypes: cell('linktypes'),
      refused: cell('tshark_rc') !== '0',
      counts: Object.fromEntries(
        COUNTS.map((name) => [name, Number(cell(name))]),
      ) as CorpusCapture['counts'],
      compared: Number(cell('compared')),
    };
  });
}

export function truthOf(capture: CorpusCapture): readonly Truth[] {
  return readFileSync(`${capture.path}.truth.jsonl`, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Truth);
}
