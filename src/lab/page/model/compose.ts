import { readSecret } from '../../../codec/key-file.ts';
import { parseConfiguration } from '../../../config/load.ts';
import type { Door } from '../../../door/door.ts';
import { isPortStep } from '../../../door/step.ts';
import { parseAddress, type Address } from '../../../tuple/address.ts';
import { setFiles } from '../stand-in/fs.ts';
import { DOOR_FILE, filesOf, type Files, type KnockForm } from './knock-form.ts';
import { sayCode } from './say-code.ts';
import { sayLegacy } from './say-legacy.ts';
import { saySealed } from './say-sealed.ts';
import { FormError, type Saying } from './saying.ts';

/** A knock that was composed, for a door that the real parser has read. */
export interface Composed {
  readonly door: Door;
  readonly files: Files;
  readonly client: Address;
  readonly timeMs: number;
  readonly saying: Saying;
  /** What `check` would warn of. */
  readonly warnings: readonly string[];
}

/** What was wrong with a form: the parser's words, or ours. */
export interface NotComposed {
  readonly problems: readonly string[];
}

export function compose(form: KnockForm): Composed | NotComposed {
  const files = filesOf(form);
  setFiles(files);
  const { configuration, problems } = parseConfiguration(files.get(DOOR_FILE)!, DOOR_FILE);
  const texts = problems.map((problem) => problem.format());
  const [door] = configuration?.doors ?? [];
  if (door === undefined) return { problems: texts };
  try {
    const client = addressIn(form.client);
    const timeMs = timeIn(form.time);
    return {
      door,
      files,
      client,
      timeMs,
      saying: say(form, door, client, timeMs),
      warnings: texts,
    };
  } catch (error) {
    if (error instanceof FormError) return { problems: [error.message] };
    throw error;
  }
}

function say(form: KnockForm, door: Door, client: Address, timeMs: number): Saying {
  const { encoded, steps } = door;
  switch (encoded?.kind) {
    case 'sealed':
      return saySealed(form, door, encoded, client, timeMs);
    case 'legacy':
      return sayLegacy(form, encoded);
    case 'totp':
    case 'hotp':
      return sayCode(form, encoded, readSecret(encoded.secretFile), timeMs);
    case undefined: {
      const ports = steps.filter(isPortStep);
      const hits = ports.map(({ protocol, port }, at) => ({
        protocol,
        port,
        meaning: `step ${at + 1} of ${ports.length}: anybody on the way can read and repeat it`,
      }));
      return { stages: [], hits };
    }
  }
}

export function addressIn(text: string): Address {
  const address = parseAddress(text.trim());
  if (address !== undefined) return address;
  throw new FormError(`“${text}” is no address`);
}

/** Milliseconds since the epoch of `2026-01-31 12:00:00`, by UTC. */
export function timeIn(text: string): number {
  const ms = Date.parse(`${text.trim().replace(' ', 'T').replace(/Z$/i, '')}Z`);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  throw new FormError(`“${text}” is no time: write it like 2026-01-31 12:00:00`);
}

/** The same the other way. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
