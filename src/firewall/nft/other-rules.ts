import type { PortProtocol } from '../../tuple/protocol.ts';
import { PROTOCOL } from '../../tuple/protocol.ts';

/** The first packet of a connection, or of a flow, from anywhere to ports. */
export interface FirstPacket {
  readonly family: 4 | 6;
  readonly protocol: PortProtocol;
  readonly from: number;
  readonly to: number;
  /** It is for this host; otherwise it is forwarded. */
  readonly isHere: boolean;
}

export interface BaseChain {
  /** The kernel's number: 1 inet, 2 ip, 10 ip6. */
  readonly family: string;
  readonly table: string;
  readonly name: string;
  /** Number of the hook, and of the policy; a dash for none. */
  readonly hook: string;
  readonly policy: string;
  readonly type: string;
}

interface OtherRule {
  readonly verdict: string;
  readonly conditions: readonly string[];
}

/** Where a packet's way through a chain ends. Not sure: a rule that we do not understand may end it before. */
export interface Way {
  readonly end: 'accept' | 'drop' | 'return';
  readonly isSure: boolean;
}

/** Other people's chains and rules, by the lines of native/netlink/other_chains.h. */
export class OtherRules {
  readonly bases: readonly BaseChain[];
  readonly #lines: readonly (readonly string[])[];
  readonly #rules: Map<string, OtherRule[]> = new Map();

  constructor(lines: readonly string[]) {
    this.#lines = lines.map((line) => line.split(' '));
    this.bases = this.#of('base').map(([, family, hook, , policy, type, name, table]) => ({
      ...{ family: family!, hook: hook!, policy: policy!, type: type! },
      ...{ name: name!, table: table! },
    }));
    for (const [, family, verdict, conditions, chain, table] of this.#of('rule')) {
      const key = `${family} ${table} ${chain}`;
      const rule = {
        verdict: verdict!,
        conditions: conditions === '-' ? [] : conditions!.split(','),
      };
      this.#rules.set(key, [...(this.#rules.get(key) ?? []), rule]);
    }
  }

  /** Whether a table has a chain of this name that no hook leads to. */
  has({ family, table }: Pick<BaseChain, 'family' | 'table'>, name: string): boolean {
    return this.#of('chain').some(
      (line) => line[1] === family && line[2] === name && line[3] === table,
    );
  }

  /** Whether a table accepts, anywhere, by one of these bits of the mark. */
  admits({ family, table }: BaseChain, mark: number): boolean {
    return this.#of('rule').some(
      ([, its, verdict, conditions, , where]) =>
        its === family &&
        where === table &&
        verdict === 'accept' &&
        conditions!
          .split(',')
          .some((each) => (Number(/^mark:(\d+)$/.exec(each)?.[1]) & mark) !== 0),
    );
  }

  /** Whether a chain has a rule that lets nothing pass it. */
  dropsAll({ family, table, name }: BaseChain): boolean {
    const rules = this.#rules.get(`${family} ${table} ${name}`) ?? [];
    return rules.some(({ verdict, conditions }) => verdict === 'drop' && conditions.length === 0);
  }

  /** A packet's way through a chain and those that it leads to. */
  wayThrough(chain: BaseChain, packet: FirstPacket): Way {
    const way = this.#walk(chain, chain.name, packet, 0);
    if (way.end !== 'return') return way;
    return { end: chain.policy === POLICY_DROP ? 'drop' : 'accept', isSure: way.isSure };
  }

  #walk(base: BaseChain, name: string, packet: FirstPacket, depth: number): Way {
    if (depth > DEEPEST) return UNKNOWN;
    let isSure = true;
    for (const rule of this.#rules.get(`${base.family} ${base.table} ${name}`) ?? []) {
      const fits = this.#fits(base, rule, packet);
      if (fits === 'no' || rule.verdict === '-') continue;
      const [kind, chain] = rule.verdict.split(':') as [string, string?];
      const way = chain === undefined ? endOf(kind) : this.#walk(base, chain, packet, depth + 1);
      const comesBack = kind === 'jump' && way.end === 'return';
      if (fits === 'maybe') isSure &&= way.isSure && (way.end === 'accept' || comesBack);
      else if (comesBack) isSure &&= way.isSure;
      else return { end: way.end, isSure: isSure && way.isSure };
    }
    return { end: 'return', isSure };
  }

  #fits(base: BaseChain, { conditions }: OtherRule, packet: FirstPacket): Fits {
    const each = conditions.map((condition) => this.#holds(base, condition, packet));
    return each.includes('no') ? 'no' : each.includes('maybe') ? 'maybe' : 'yes';
  }

  #holds(base: BaseChain, condition: string, packet: FirstPacket): Fits {
    const [word, value = ''] = condition.split(':') as [string, string?];
    switch (word) {
      case '4':
      case '6':
        return yesIf(Number(word) === packet.family);
      case 'proto':
        return yesIf(Number(value) === PROTOCOL[packet.protocol]);
      case 'local':
        return yesIf(packet.isHere);
      case 'state':
        return (Number(value) & NEW) !== 0
          ? 'yes'
          : (Number(value) & UNTRACKED) !== 0
            ? 'maybe'
            : 'no';
      case 'ports':
        return lieIn(
          packet,
          value.split('/').map((range) => range.split('-').map(Number)),
        );
      case 'set':
        return lieIn(packet, this.#rangesOf(base, value));
      default:
        return 'maybe';
    }
  }

  /** Without an end, a line is a port by itself. */
  #rangesOf({ family, table }: BaseChain, set: string): number[][] {
    const marks = this.#lines
      .filter(([kind, its, , name, where]) => {
        const isMark = kind === 'port' || kind === 'end';
        return isMark && its === family && name === set && where === table;
      })
      .map(([kind, , port]) => ({ kind, port: Number(port) }))
      .sort((a, b) => a.port - b.port || (a.kind === 'end' ? -1 : 1));
    const isInterval = marks.some(({ kind }) => kind === 'end');
    return marks.flatMap(({ kind, port }, at) => {
      if (kind === 'end') return [];
      const next = marks[at + 1];
      return [[port, isInterval ? (next === undefined ? 65_535 : next.port - 1) : port]];
    });
  }

  #of(kind: string): readonly (readonly string[])[] {
    return this.#lines.filter(([first]) => first === kind);
  }
}

type Fits = 'yes' | 'no' | 'maybe';

// NF_DROP; and of NF_CT_STATE_BIT the new connection's and NF_CT_STATE_UNTRACKED_BIT.
export const POLICY_DROP = '0';
const NEW = 1 << 3;
const UNTRACKED = 1 << 6;
/** The kernel's own bound is 16. */
const DEEPEST = 16;
const UNKNOWN: Way = { end: 'drop', isSure: false };

function endOf(verdict: string): Way {
  if (verdict !== 'accept' && verdict !== 'drop' && verdict !== 'return') return UNKNOWN;
  return { end: verdict, isSure: true };
}

function yesIf(holds: boolean): Fits {
  return holds ? 'yes' : 'no';
}

function lieIn({ from, to }: FirstPacket, ranges: readonly (readonly number[])[]): Fits {
  if (ranges.some(([first, last]) => from >= first! && to <= last!)) return 'yes';
  return ranges.some(([first, last]) => from <= last! && to >= first!) ? 'maybe' : 'no';
}
