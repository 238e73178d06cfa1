import { firstForm, type KnockForm } from '../model/knock-form.ts';
import { timeText } from '../model/compose.ts';
import { hexText } from '../model/saying.ts';
import { byId, fill } from './dom.ts';

/** The form of a knock: fields that its kind has no use for are out of sight. */
export class FormView {
  readonly #form = byId<HTMLFormElement>('knock');
  readonly #onChange: (form: KnockForm) => void;

  constructor(onChange: (form: KnockForm) => void) {
    this.#onChange = onChange;
    const first = firstForm(randomHex(32), randomHex(20), timeText(Date.now()));
    for (const [name, value] of Object.entries(first)) fill(this.#form, name, value);
    this.#form.addEventListener('input', () => this.change());
    this.#form.addEventListener('submit', (event) => event.preventDefault());
    byId('draw-key').addEventListener('click', () => this.#set('key', randomHex(32)));
    byId('set-now').addEventListener('click', () => this.#set('time', timeText(Date.now())));
  }

  change(): void {
    const form = Object.fromEntries(new FormData(this.#form)) as unknown as KnockForm;
    for (const each of this.#form.querySelectorAll<HTMLElement>('[data-for]')) {
      each.hidden = !each.dataset['for']!.split(' ').includes(form.kind);
    }
    this.#onChange(form);
  }

  #set(name: keyof KnockForm, value: string): void {
    fill(this.#form, name, value);
    this.change();
  }
}

function randomHex(length: number): string {
  return hexText(crypto.getRandomValues(new Uint8Array(length))).replaceAll(' ', '');
}
