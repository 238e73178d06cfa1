import { formatAddress } from '../../../tuple/address.ts';
import { addressIn, timeIn, timeText, type Composed } from '../model/compose.ts';
import { decode, type Decoded } from '../model/decode.ts';
import { readPorts } from '../model/read-ports.ts';
import { FormError } from '../model/saying.ts';
import { byId, fill, lines, valueOf } from './dom.ts';
import { hitText, stageView } from './saying-view.ts';
import { toldView } from './told-view.ts';

/** From a list of ports to what they say. */
export class DecodePane {
  readonly #form = byId<HTMLFormElement>('sighting');
  #composed: Composed | undefined;
  /** A slow look at an old list must not come behind a new one. */
  #turn = 0;

  constructor() {
    this.#form.addEventListener('input', () => void this.#decode());
    this.#form.addEventListener('submit', (event) => event.preventDefault());
  }

  /** The door by which ports are read from now on. */
  follow(composed: Composed | undefined): void {
    this.#composed = composed;
    void this.#decode();
  }

  take({ saying, client, timeMs }: Composed): void {
    fill(this.#form, 'ports', saying.hits.map(hitText).join(' '));
    fill(this.#form, 'source', formatAddress(client));
    fill(this.#form, 'time', timeText(timeMs));
    byId('decode').scrollIntoView();
    void this.#decode();
  }

  async #decode(): Promise<void> {
    const turn = ++this.#turn;
    const view = await this.#look();
    if (turn === this.#turn) byId('decoded').replaceChildren(...view);
  }

  async #look(): Promise<HTMLElement[]> {
    const { ports, unread } = readPorts(valueOf(this.#form, 'ports'), Date.now());
    const no = unread.map((word) => lines(`“${word}” is no port`, 'problem'));
    if (this.#composed === undefined || ports.length === 0) return no;
    const { door, files, client, timeMs } = this.#composed;
    try {
      const [source, time] = [valueOf(this.#form, 'source'), valueOf(this.#form, 'time')];
      const sighting = {
        door,
        files,
        ports,
        source: source === '' ? client : addressIn(source),
        timeMs: time === '' ? timeMs : timeIn(time),
      };
      return [...no, ...decodedView(await decode(sighting))];
    } catch (error) {
      if (error instanceof FormError) return [...no, lines(error.message, 'problem')];
      throw error;
    }
  }
}

function decodedView({ stages, told, reasons }: Decoded): HTMLElement[] {
  return [
    ...stages.map(stageView),
    ...(told.length === 0 ? [] : [toldView(told)]),
    ...reasons.map((reason) => lines(reason, 'wrapped problem')),
  ];
}
