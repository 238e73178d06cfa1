import { accessSync, constants } from 'node:fs';
import { MOST_OFFERS } from '../codec/terms.ts';
import type { Action, Effect, Offer } from '../door/action.ts';
import type { Door } from '../door/door.ts';
import type { ActionDraft, DoorDraft } from './drafts.ts';
import type { Fragment } from './lexer.ts';
import type { Report } from './report.ts';
import { nearest } from './suggest.ts';

/** What one knock may set going, `then` and all. */
const MOST_ACTIONS = 64;

/** Does what is wanted of each action; a step that is a list of others alone has no effect of its own. */
interface Definition {
  readonly draft: ActionDraft;
  readonly effect: Effect | undefined;
}

/** The actions of a file, by which the lists of its doors are read. */
export class ActionBook {
  readonly #definitions = new Map<string, Definition>();
  readonly #report: Report;

  constructor(drafts: readonly ActionDraft[], doors: readonly DoorDraft[], report: Report) {
    this.#report = report;
    const known = new Set([...doors, ...drafts].map(({ name }) => name));
    for (const draft of drafts) {
      if (doors.some(({ name }) => name === draft.name)) {
        const message = `a door is called "${draft.name}" too`;
        report.error(draft.title, 'CONFIG_ACTION', message);
      }
      const effect = effectOf(draft, known, report);
      this.#definitions.set(draft.name, { draft, effect });
    }
    for (const draft of drafts) this.#follow(draft.then ?? [], 0, [draft.name]);
  }

  /** The doors that actions open; nobody knocks at them. */
  get doors(): Door[] {
    return [...this.#definitions.values()].flatMap(({ effect }) =>
      effect?.kind === 'open' ? [effect.door] : [],
    );
  }

  /** What a door's lists come to. */
  listsOf(draft: DoorDraft): Pick<Door, 'actions' | 'offers'> {
    const { actions, offers } = draft;
    if (offers !== undefined && draft.encoded?.kind !== 'sealed') {
      const message = 'only a sealed knock can choose an action';
      this.#report.error(draft.places.get('offers')!, 'CONFIG_ACTION', message);
    }
    if (offers !== undefined && offers.length > MOST_OFFERS) {
      const message = `a door offers ${MOST_OFFERS} actions at most`;
      this.#report.error(draft.places.get('offers')!, 'CONFIG_ACTION', message);
    }
    return {
      ...(actions === undefined ? {} : { actions: this.#follow(actions, 0, []) }),
      ...(offers === undefined ? {} : { offers: offers.map((each) => this.#offer(each)) }),
    };
  }

  #offer(name: Fragment): Offer {
    return { name: name.text, actions: this.#follow([name], 0, []) };
  }

  /** Actions with those that follow them; an unknown one, or a circle, is reported where it is named. */
  #follow(list: readonly Fragment[], delaySeconds: number, path: readonly string[]): Action[] {
    const found: Action[] = [];
    for (const name of list) {
      const definition = this.#definitions.get(name.text);
      if (definition === undefined) {
        this.#unknown(name);
      } else if (path.includes(name.text)) {
        const circle = [...path.slice(path.indexOf(name.text)), name.text].join(' -> ');
        this.#report.error(
          name,
          'CONFIG_ACTION',
          `actions follow each other in a circle: ${circle}`,
        );
      } else {
        const { draft, effect } = definition;
        const at = delaySeconds + draft.delaySeconds!;
        if (effect !== undefined) found.push({ name: draft.name, delaySeconds: at, effect });
        found.push(...this.#follow(draft.then ?? [], at, [...path, name.text]));
      }
      if (found.length > MOST_ACTIONS) {
        const message = `more than ${MOST_ACTIONS} actions follow from one knock`;
        this.#report.error(name, 'CONFIG_ACTION', message);
        return [];
      }
    }
    return found;
  }

  #unknown(name: Fragment): void {
    const meant = nearest(name.text, [...this.#definitions.keys()]);
    this.#report.error(name, 'CONFIG_ACTION', `no action is called "${name.text}"`, {
      hint: meant === undefined ? `it would be [action ${name.text}]` : `did you mean ${meant}?`,
    });
  }
}

function effectOf(
  draft: ActionDraft,
  known: ReadonlySet<string>,
  report: Report,
): Effect | undefined {
  const { close, ignoreSeconds, wake } = draft;
  const given = DOINGS.flatMap((name) => draft.places.get(name) ?? []);
  if (given.length > 1) {
    const message = `action "${draft.name}" does two things: make it two, and join them by then`;
    return report.error(given[1]!, 'CONFIG_ACTION', message);
  }
  if (given.length === 0 && draft.then === undefined) {
    return report.error(draft.title, 'CONFIG_ACTION', `action "${draft.name}" does nothing`);
  }
  if (draft.open !== undefined || draft.run !== undefined) {
    return { kind: 'open', door: doorOf(draft, report) };
  }
  if (close !== undefined) return { kind: 'close', doors: closedDoors(close, known, report) };
  if (ignoreSeconds !== undefined) return { kind: 'ignore', seconds: ignoreSeconds };
  return wake;
}

const DOINGS = ['open', 'close', 'ignore_for', 'run', 'wake'] as const;

/** What an action opens or runs is kept, listed and closed as a door's is. */
function doorOf(draft: ActionDraft, report: Report): Door {
  const { run } = draft;
  if (run !== undefined && !isProgram(run[0])) {
    const message = `${run[0]} is no program that can be run`;
    report.warning(draft.places.get('run')!, 'CONFIG_ACTION', message);
  }
  return {
    name: draft.name,
    isAction: true,
    steps: [],
    windowSeconds: 0,
    flags: { mask: 0, value: 0 },
    vlan: 'any',
    open: draft.open ?? [],
    openForSeconds: draft.openForSeconds!,
    ...(draft.holds === undefined ? {} : { holds: true }),
    openPrefix4: draft.openPrefix4!,
    openPrefix6: draft.openPrefix6!,
    onExpire: 'leave',
    renews: true,
    guard: true,
    ...(run === undefined ? {} : { commands: { run } }),
    onWrongPort: 'ignore',
    ignoreRepeats: true,
    attemptsPerSource: 1,
    tripwireHoldSeconds: 0,
    wholeSeconds: false,
  };
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function closedDoors(
  list: readonly Fragment[],
  known: ReadonlySet<string>,
  report: Report,
): readonly string[] {
  if (list.length === 1 && list[0]!.text.toLowerCase() === 'all') return [];
  for (const name of list) {
    if (known.has(name.text)) continue;
    const meant = nearest(name.text, [...known]);
    report.error(name, 'CONFIG_ACTION', `no door is called "${name.text}"`, {
      hint: meant === undefined ? undefined : `did you mean ${meant}?`,
    });
  }
  return list.map(({ text }) => text);
}
