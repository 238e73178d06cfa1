import { formatAddress } from '../../../tuple/address.ts';
import type { Composed } from '../model/compose.ts';
import { packetsOf } from '../model/decode.ts';
import { DOOR_FILE, type Files } from '../model/knock-form.ts';
import { readPackets } from '../model/read-packets.ts';
import { logPrefixes, replay, type Replayed } from '../model/replay.ts';
import { byId, fill, h, lines, valueOf } from './dom.ts';
import { toldView } from './told-view.ts';

/** Packets at a door file, decided as the daemon would. */
export class ReplayPane {
  readonly #form = byId<HTMLFormElement>('rehearsal');
  readonly #files = new Map<string, HTMLTextAreaElement>();
  #path = DOOR_FILE;
  #turn = 0;

  constructor() {
    this.#form.addEventListener('input', () => void this.#replay());
    this.#form.addEventListener('submit', (event) => event.preventDefault());
    const load = this.#form.elements.namedItem('load') as HTMLInputElement;
    load.addEventListener('change', () => void this.#load(load.files?.[0]));
  }

  /** A door file with what it names; the first one is the door file itself. */
  open(files: Files): void {
    const [[path, doors] = [DOOR_FILE, ''], ...others] = files;
    this.#path = path;
    fill(this.#form, 'doors', doors);
    this.#files.clear();
    byId('files').replaceChildren();
    for (const [name, text] of others) this.#offer(name).value = text;
    void this.#replay();
  }

  take({ files, saying, client, timeMs, door }: Composed): void {
    const packets = packetsOf({ door, files, ports: saying.hits, source: client, timeMs });
    const texts = packets.map(({ source, protocol, port, seconds, nanoseconds }) => {
      const at = `${seconds}.${String(nanoseconds).padStart(9, '0').slice(0, 3)}`;
      const name = protocol === 'icmp6' ? 'icmp' : protocol;
      return `${at} ${formatAddress(source)} ${name}/${port}${name === 'tcp' ? ' S' : ''}`;
    });
    fill(this.#form, 'packets', texts.join('\n'));
    this.open(files);
    byId('replay').scrollIntoView();
  }

  async #load(file: File | undefined): Promise<void> {
    if (file === undefined) return;
    fill(this.#form, 'doors', await file.text());
    void this.#replay();
  }

  async #replay(): Promise<void> {
    const turn = ++this.#turn;
    const doors = valueOf(this.#form, 'doors');
    const others = [...this.#files].filter(([, area]) => area.value !== '');
    const files = new Map([
      [this.#path, doors],
      ...others.map(([path, area]) => [path, area.value] as const),
    ]);
    const { packets, unread } = readPackets(
      valueOf(this.#form, 'packets'),
      Date.now(),
      logPrefixes(files, this.#path),
    );
    const no = unread.map(({ line, text }) =>
      lines(`line ${line} is no packet: ${text}`, 'problem'),
    );
    const replayed = doors === '' ? undefined : await replay(files, this.#path, packets);
    if (turn !== this.#turn) return;
    for (const path of replayed?.missing ?? []) this.#offer(path);
    byId('replayed').replaceChildren(...no, ...(replayed === undefined ? [] : view(replayed)));
  }

  /** Room for a file that the door file names. */
  #offer(path: string): HTMLTextAreaElement {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const area = h('textarea', { rows: '2' });
    this.#files.set(path, area);
    byId('files').append(h('label', {}, h('code', {}, path), area));
    return area;
  }
}

function view({ problems, remarks, run }: Replayed): HTMLElement[] {
  const texts = [
    ...problems.map((problem) =>
      lines(problem.format(), problem.severity === 'error' ? 'problem' : ''),
    ),
    ...remarks.map((remark) => lines(remark)),
  ];
  if (run === undefined) return texts;
  if (run.told.length > 0) return [...texts, toldView(run.told)];
  const { knocks, garbled, unfinished } = run.stats;
  const count = `${knocks} packets were knocks; nothing was decided`;
  const why = garbled + unfinished === 0 ? '' : ` (${garbled} garbled, ${unfinished} unfinished)`;
  return [...texts, lines(count + why)];
}
