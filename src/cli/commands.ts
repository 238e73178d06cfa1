import type { CommandEntry, LoadedCommand } from './command.ts';

/** What stands behind `postern`, in the order of its help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    usage: 'run',
    summary: 'the daemon: watch interfaces, open doors',
    load: async () => (await import('./run.ts')).run,
  },
  {
    usage: 'check',
    summary: 'read a door file and say everything that is wrong with it',
    load: async () => (await import('./check.ts')).check,
  },
  {
    usage: 'convert <file>',
    summary: 'turn firewall commands of a knockd.conf into open',
    load: async () => (await import('./convert.ts')).convert,
  },
  {
    usage: 'code <door>',
    summary: 'the ports of the moment, for a door with codes',
    load: async () => (await import('./code.ts')).code,
  },
  {
    usage: 'calibrate <ports>',
    summary: 'find out how a client of the first system encodes, from one of its knocks',
    load: async () => (await import('./calibrate.ts')).calibrate,
  },
  {
    usage: 'replay <files..>',
    summary: 'run captures and logs through a door file: who would have got in',
    load: async () => (await import('./replay.ts')).replay,
  },
  {
    usage: 'dump <file>',
    summary: 'every packet of a capture as the engine sees it',
    load: async () => (await import('./dump.ts')).dump,
  },
  {
    usage: 'lab',
    summary:
      'a page to compose knocks, take them apart, and try them at doors; for this host alone',
    load: async () => (await import('./lab.ts')).lab,
  },
  {
    usage: 'status',
    summary: 'how the running daemon fares',
    load: async () => (await import('./status.ts')).status,
  },
  {
    usage: 'list',
    summary: 'who is let in, and for how long still',
    load: async () => (await import('./list.ts')).list,
  },
  {
    usage: 'grant <door> <address>',
    summary: 'let an address in as if it had knocked',
    load: async () => (await import('./grant.ts')).grant,
  },
  {
    usage: 'revoke [door] [address]',
    summary: 'shut out again before the time is up',
    load: async () => (await import('./revoke.ts')).revoke,
  },
  {
    usage: 'block <network>',
    summary: 'shut an address or a network out, whatever it knocks',
    load: async () => (await import('./block.ts')).block,
  },
  {
    usage: 'unblock <network>',
    summary: 'lift blocks of an address or a network',
    load: async () => (await import('./unblock.ts')).unblock,
  },
  {
    usage: 'blocked',
    summary: 'who is shut out, why, and for how long still',
    load: async () => (await import('./blocked.ts')).blocked,
  },
  {
    usage: 'reload',
    summary: 'have the daemon read its file again; says whether it is in force',
    load: async () => (await import('./reload.ts')).reload,
  },
  {
    usage: 'watch',
    summary: 'what happens at the doors, as it happens',
    load: async () => (await import('./watch.ts')).watch,
  },
  {
    usage: 'confirm',
    summary: 'keep the guard that `run --trial` tries',
    load: async () => (await import('./confirm.ts')).confirm,
  },
  {
    usage: 'emergency-open <door>',
    summary: "lift a door's guard for everybody, for a time; needs no daemon",
    load: async () => (await import('./emergency-open.ts')).emergencyOpen,
  },
  {
    usage: 'remove-table',
    summary: 'take the guard away: its ports are open to everybody then',
    load: async () => (await import('./remove-table.ts')).removeTable,
  },
  {
    usage: 'print <what> [name] [program]',
    summary: 'print a unit, a page of the manual, a completion',
    load: async () => (await import('./print.ts')).printer(loadCommands),
  },
  {
    usage: 'demo',
    summary: 'a replay, then the real daemon in a private network namespace',
    load: async () => (await import('./demo.ts')).demo,
  },
];

/** All of them, for those who describe them: pages of the manual, completions. */
export function loadCommands(): Promise<readonly LoadedCommand[]> {
  return Promise.all(COMMANDS.map(async (entry) => ({ ...entry, ...(await entry.load()) })));
}
