import {
  beyond,
  isKnocker,
  portList,
  REASON,
  type NotUnderstood,
  type ReadCommand,
  type Reading,
} from './access-rule.ts';

/** What a rule of iptables says, option by option. */
interface Draft {
  action?: 'add' | 'remove';
  chain?: string;
  source?: string;
  protocol?: string;
  ports?: string;
  target?: string;
  /** Options that must be the same to find a rule again. */
  readonly rest: string[];
}

/** `-I INPUT -s %IP% -p tcp --dport 22 -j ACCEPT`, the options in any order; `family` is the program's. */
export function iptables(family: 4 | 6): ReadCommand {
  return (args) => {
    const draft = readOptions(args);
    return 'reason' in draft ? draft : toRule(draft, family);
  };
}

type ReadOption = (draft: Draft, value: string) => NotUnderstood | undefined;

function sets(field: Exclude<keyof Draft, 'action' | 'rest'>): ReadOption {
  return (draft, value) => {
    draft[field] = value;
    return undefined;
  };
}

function acts(action: Draft['action'] & string): ReadOption {
  return (draft, chain) => {
    draft.action = action;
    draft.chain = chain;
    return undefined;
  };
}

/** Matches that change nothing about who gets in, when a connection is new. */
const MODULES: ReadonlySet<string> = new Set([
  'tcp',
  'udp',
  'comment',
  'state',
  'conntrack',
  'multiport',
]);

const OPTIONS: ReadonlyMap<string, ReadOption> = new Map([
  ...named(['-A', '--append', '-I', '--insert'], acts('add')),
  ...named(['-D', '--delete'], acts('remove')),
  ...named(['-s', '--source', '--src'], sets('source')),
  ...named(['-p', '--protocol', '--proto'], sets('protocol')),
  ...named(['--dport', '--dports', '--destination-port', '--destination-ports'], sets('ports')),
  ...named(['-j', '--jump'], sets('target')),
  ...named(['-t', '--table'], (_, table) =>
    table === 'filter' ? undefined : beyond(`-t ${table}`),
  ),
  ...named(['-m', '--match'], (_, module) =>
    MODULES.has(module) ? undefined : beyond(`-m ${module}`),
  ),
  ...named(['--comment'], (draft, text) => {
    draft.rest.push(`comment ${text}`);
    return undefined;
  }),
  ...named(['--state', '--ctstate'], (draft, states) => {
    draft.rest.push(`states ${states}`);
    return states.split(',').includes('NEW') ? undefined : beyond(states);
  }),
]);

function named(names: readonly string[], read: ReadOption): [string, ReadOption][] {
  return names.map((name) => [name, read]);
}

function readOptions(args: readonly string[]): Draft | NotUnderstood {
  const draft: Draft = { rest: [] };
  const words = args.flatMap((word) => /^(--[^=]+)=(.*)$/s.exec(word)?.slice(1) ?? [word]);
  while (words.length > 0) {
    const word = words.shift()!;
    if (word === '-w' || word === '--wait') {
      if (/^\d+$/.test(words[0] ?? '')) words.shift();
    } else if (word === '--syn') {
      draft.rest.push(word);
    } else {
      const problem = readOption(draft, word, words);
      if (problem !== undefined) return problem;
    }
  }
  return draft;
}

function readOption(draft: Draft, word: string, words: string[]): NotUnderstood | undefined {
  const read = OPTIONS.get(word);
  const value = words.shift();
  if (read === undefined || value === undefined) return beyond(word);
  const problem = read(draft, value);
  if (problem !== undefined || draft.chain !== value || !/^\d+$/.test(words[0] ?? ''))
    return problem;
  // A number behind the chain is a place in it: for a new rule as good as any.
  const place = words.shift();
  if (draft.action === 'add') return undefined;
  return { reason: `it deletes rule ${place}, whichever that is by then` };
}

function toRule(draft: Draft, family: 4 | 6): Reading {
  const { action, chain, source, protocol, ports: text, target, rest } = draft;
  if (action === undefined || chain === undefined)
    return { reason: 'it neither adds nor deletes a rule' };
  if (chain !== 'INPUT') return { reason: `chain ${chain} is another way than INPUT` };
  if (source === undefined || !isKnocker(source)) return REASON.notOfKnocker;
  if (target !== 'ACCEPT') return REASON.noAccept;
  if (text === undefined) return REASON.allPorts;
  if (protocol !== 'tcp' && protocol !== 'udp') return beyond(`-p ${protocol}`);
  const ports = portList(text, ':', [protocol]);
  if (ports === undefined) return REASON.noPorts;
  const identity = JSON.stringify(['iptables', family, ports, rest.sort()]);
  return { action, families: [family], ports, identity };
}
