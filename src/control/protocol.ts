import { parseNetwork, type Network } from '../tuple/network.ts';
import { ControlError } from './control-error.ts';

/**
 * The language of the control socket: one JSON object a line, each way.
 *
 *     > {"v":1,"do":"grant","door":"ssh","source":"203.0.113.9","forSeconds":600}
 *     < {"v":1,"ok":true,"granted":1,...}
 *     < {"v":1,"ok":false,"error":{"code":"NO_SUCH_DOOR","message":"no door is called shh"}}
 *
 * After the answer to `watch` every further line is an event, in the form of `run --json`.
 */
export const PROTOCOL_VERSION = 1;

/** Bytes of a request, its line feed not counted. */
export const MAX_REQUEST_BYTES = 4096;

/** Says what would be done, and does nothing. */
interface Tried {
  readonly isDry: boolean;
}

export type Request =
  | { readonly do: 'status'; readonly ports?: true }
  | { readonly do: 'list' | 'watch' | 'blocked' }
  | { readonly do: 'reload'; readonly allowUnguard: boolean }
  | (Tried & {
      readonly do: 'grant';
      readonly door: string;
      readonly source: Network;
      /** Undefined: as long as the door says. */
      readonly forSeconds: number | undefined;
    })
  | (Tried & {
      readonly do: 'block';
      readonly network: Network;
      /** Undefined: until it is lifted. */
      readonly forSeconds: number | undefined;
    })
  | (Tried & { readonly do: 'unblock'; readonly network: Network })
  | (Tried & {
      readonly do: 'revoke';
      /** Undefined: at all doors. */
      readonly door: string | undefined;
      /** Undefined: of everybody. */
      readonly source: Network | undefined;
    });

const HARMLESS: ReadonlySet<Request['do']> = new Set(['status', 'list', 'watch', 'blocked']);

/** What one may ask who may not change anything. */
export function isHarmless(request: Request): boolean {
  return HARMLESS.has(request.do);
}

/** Reads a line; throws a `ControlError` that says what is wrong with it. */
export function parseRequest(line: string): Request {
  const fields = new Fields(line);
  const version = fields.take('v');
  if (version !== PROTOCOL_VERSION) {
    const message = `this daemon speaks version ${PROTOCOL_VERSION}, not ${JSON.stringify(version)}`;
    throw new ControlError('UNSUPPORTED_VERSION', message);
  }
  const request = read(fields);
  fields.expectNoMore();
  return request;
}

function read(fields: Fields): Request {
  const what = fields.text('do');
  switch (what) {
    case 'status':
      return fields.flag('ports') ? { do: what, ports: true } : { do: what };
    case 'list':
    case 'watch':
    case 'blocked':
      return { do: what };
    case 'reload':
      return { do: 'reload', allowUnguard: fields.flag('allowUnguard') };
    case 'grant':
      return {
        do: 'grant',
        door: fields.text('door'),
        source: fields.network('source'),
        forSeconds: fields.has('forSeconds') ? fields.seconds('forSeconds') : undefined,
        isDry: fields.flag('dryRun'),
      };
    case 'block':
      return {
        do: 'block',
        network: fields.network('network'),
        forSeconds: fields.has('forSeconds') ? fields.seconds('forSeconds') : undefined,
        isDry: fields.flag('dryRun'),
      };
    case 'unblock':
      return { do: what, network: fields.network('network'), isDry: fields.flag('dryRun') };
    case 'revoke':
      if (!fields.has('door') && !fields.has('source')) throw bad('door or source is missing');
      return {
        do: 'revoke',
        door: fields.has('door') ? fields.text('door') : undefined,
        source: fields.has('source') ? fields.network('source') : undefined,
        isDry: fields.flag('dryRun'),
      };
    default:
      throw bad(`nothing is called ${JSON.stringify(what)}`);
  }
}

/** The fields of a request, each of which must be asked for. */
class Fields {
  readonly #left: Map<string, unknown>;

  constructor(line: string) {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw bad('this is no JSON');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw bad('a request is an object');
    }
    this.#left = new Map(Object.entries(value));
  }

  has(name: string): boolean {
    return this.#left.has(name);
  }

  take(name: string): unknown {
    const value = this.#left.get(name);
    this.#left.delete(name);
    return value;
  }

  text(name: string): string {
    const value = this.take(name);
    if (typeof value !== 'string' || value === '') throw bad(`${name} must be a text`);
    return value;
  }

  flag(name: string): boolean {
    const value = this.take(name) ?? false;
    if (typeof value !== 'boolean') throw bad(`${name} must be true or false`);
    return value;
  }

  seconds(name: string): number {
    const value = this.take(name);
    if (typeof value !== 'number' || !(value > 0)) throw bad(`${name} must be above 0`);
    return value;
  }

  network(name: string): Network {
    const network = parseNetwork(this.text(name));
    if ('fault' in network) throw bad(`${name}: ${network.fault}`);
    return unmapped(network);
  }

  expectNoMore(): void {
    const [name] = this.#left.keys();
    if (name !== undefined) throw bad(`no field is called ${JSON.stringify(name)}`);
  }
}

/** `::ffff:192.0.2.1`, as listeners on both families write it, is an IPv4 address: no packet comes from it. */
function unmapped(network: Network): Network {
  const { address, prefix } = network;
  const [first, second, third] = address.words;
  const isMapped = first === 0 && second === 0 && third === 0xffff && prefix >= 96;
  if (address.family === 4 || !isMapped) return network;
  return { address: { ...address, family: 4 }, prefix: prefix - 96 };
}

function bad(message: string): ControlError {
  return new ControlError('BAD_REQUEST', message);
}
