import { compose, type Composed } from '../model/compose.ts';
import { DOOR_FILE, type KnockForm } from '../model/knock-form.ts';
import { legacyLengths, sealedLengths } from '../model/lengths.ts';
import { button, byId, h, lines, table } from './dom.ts';
import { FormView } from './form-view.ts';
import { hitsView, hitText, stageView } from './saying-view.ts';

export interface ComposeActions {
  readonly onComposed: (composed: Composed | undefined) => void;
  readonly decode: (composed: Composed) => void;
  readonly replay: (composed: Composed) => void;
}

/** From a door and what is to be said to the ports of a knock. */
export class ComposePane {
  readonly #actions: ComposeActions;

  constructor(actions: ComposeActions) {
    this.#actions = actions;
    new FormView((form) => this.#compose(form)).change();
  }

  #compose(form: KnockForm): void {
    const composed = compose(form);
    if ('problems' in composed) {
      byId('composed').replaceChildren(...composed.problems.map((text) => lines(text, 'problem')));
      byId('lengths').replaceChildren();
      this.#actions.onComposed(undefined);
      return;
    }
    byId('composed').replaceChildren(...this.#view(composed));
    byId('lengths').replaceChildren(...lengthsView(composed));
    this.#actions.onComposed(composed);
  }

  #view(composed: Composed): HTMLElement[] {
    const { saying, files, warnings } = composed;
    const { stages, hits } = saying;
    const texts = [...files].map(([path, text]) =>
      h('div', {}, h('code', {}, path === DOOR_FILE ? 'door file' : path), lines(text)),
    );
    const ports = lines(hits.map(hitText).join(' '), 'wrapped');
    ports.id = 'ports';
    ports.tabIndex = 0;
    return [
      ...warnings.map((text) => lines(text)),
      ...stages.map(stageView),
      h('h3', {}, hits.length === 1 ? '1 packet' : `${hits.length} packets`),
      ports,
      h(
        'div',
        { class: 'buttons' },
        button('Decode it', () => this.#actions.decode(composed)),
        button('Try it at the door', () => this.#actions.replay(composed)),
      ),
      hitsView(hits),
      h('details', {}, h('summary', {}, 'The door’s lines'), ...texts),
    ];
  }
}

function lengthsView({ door: { encoded } }: Composed): HTMLElement[] {
  if (encoded?.kind !== 'sealed' && encoded?.kind !== 'legacy') return [];
  const { caption, head, rows } =
    encoded.kind === 'sealed' ? sealedLengths() : legacyLengths(encoded.profile);
  return [
    table(
      caption,
      head,
      rows.map((cells) => ({ cells })),
    ),
  ];
}
