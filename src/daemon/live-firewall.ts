import type { Duplex } from 'node:stream';
import type { AddressLists } from '../config/address-lists.ts';
import type { Configuration, Options } from '../config/configuration.ts';
import type { Hook, HookCommands } from '../door/hooks.ts';
import {
  commandFirewall,
  type CommandEvent,
  type CommandFirewall,
  type Leave,
  type ShellCommands,
} from '../firewall/command/command.ts';
import { helpedCommands } from '../firewall/command/helper/helped.ts';
import { shellHooks, type Hooks } from '../firewall/command/hooks.ts';
import type { CountedRange } from '../firewall/block.ts';
import type { Lists } from '../firewall/nft/draw-lists.ts';
import { placedText } from '../firewall/nft/guarded-machines.ts';
import type { Firewall, Grant, StartOptions } from '../firewall/firewall.ts';
import { nftFirewall } from '../firewall/nft/nft.ts';
import type { NftFirewall } from '../firewall/nft/nft-firewall.ts';
import type { NftEvent, TableSettings } from '../firewall/nft/options.ts';
import { counted, durationText } from '../report/words.ts';
import type { PlacedPorts } from '../firewall/nft/open-ports.ts';
import { borrowedSets, type BorrowedSets } from '../firewall/nft/borrowed/borrowed-sets.ts';
import { TableLock } from '../firewall/nft/table-lock.ts';
import { GrantNumbers } from '../firewall/grant-numbers.ts';
import { splitFirewall } from '../firewall/split.ts';
import { withCommands } from '../firewall/with-commands.ts';
import { askWhoStays, type Ask } from './ask-who-stays.ts';
import { ConfiguredLimits } from './command-limits.ts';
import { elsewhere, forwardingRemarks, ownAddresses } from './forwarding.ts';
import { keptGrants } from './kept-grants.ts';
import { keptGuard } from './kept-guard.ts';
import { rulesBeside } from './rules-beside.ts';
import { settleSessions } from './living-sessions.ts';
import { setMemory } from './set-memory.ts';
import { instanceName } from './state-folder.ts';
import { whoComesIn } from './who-comes-in.ts';
import { bookIn } from './stop-books.ts';

export interface LiveFirewallOptions {
  /** Ports that were not guarded before are so for this long, and from then on only if somebody confirms it. */
  readonly trialSeconds?: number | undefined;
  /** The interfaces that the daemon watches: with its file, they name its state. */
  readonly interfaces: readonly string[];
  readonly onCommand: (event: CommandEvent) => void;
  /** Takes over stop commands that are still to run when the daemon ends; default: they run at once. */
  readonly leaveStops?: Leave;
  /** Who runs commands as root, where this process has given root away. */
  readonly helper?: Duplex | undefined;
  /** Where somebody sits at a terminal. */
  readonly ask?: Ask | undefined;
  /** A line for people: what was found amiss. */
  readonly say: (line: string) => void;
}

/** The firewall that a configuration needs: the kernel's sets, and commands where a door has some. */
export class LiveFirewall {
  readonly firewall: Firewall;
  /** When nobody is left who could run commands; for ever pending if that can't be. */
  readonly helperLost: Promise<void>;
  readonly #ports: NftFirewall;
  readonly #borrowed: BorrowedSets;
  readonly #commands: CommandFirewall;
  readonly #hooks: Hooks;
  readonly #canRun: boolean;
  readonly #options: LiveFirewallOptions;
  #lists: AddressLists;
  #isTrialTold = false;
  /** When a trial that began here is over. */
  #trialEndsMs = Infinity;
  /** Doors that were about other machines' ports at the last start. */
  #elsewhere = '';
  #configuration: Configuration;
  #adjustCommands: (to: Configuration) => void = () => {};

  constructor(configuration: Configuration, lists: AddressLists, options: LiveFirewallOptions) {
    this.#options = options;
    this.#lists = lists;
    const { say, helper } = options;
    this.#configuration = configuration;
    const { user } = configuration.options;
    const shared = {
      numbers: new GrantNumbers(),
      lock: new TableLock(),
      onEvent: (event: NftEvent): void => say(nftText(event)),
    };
    this.#borrowed = borrowedSets({
      ...shared,
      ...tableSettings(configuration, lists),
      openElsewhere: () => this.#ports.size(),
      memory: setMemory(configuration, options.interfaces, say),
    });
    this.#ports = nftFirewall({
      ...shared,
      ...tableSettings(configuration, lists),
      openElsewhere: () => this.#borrowed.size(),
      owner: configuration.options.owner,
      keeping: keptGrants(configuration, options.interfaces),
      trialMs: options.trialSeconds === undefined ? undefined : options.trialSeconds * 1000,
      onTable: keptGuard(configuration.options.stateFolder, say),
      onGuard: (ports) => {
        for (const line of whoComesIn(ports)) say(line);
      },
    });
    let lose = (): void => {};
    this.helperLost = new Promise((lost) => (lose = lost));
    const hooks = (): HookCommands => this.#configuration.options.hooks;
    // What is told while an opening is carried out follows the match, which has yet to be reported.
    const onEvent = (event: CommandEvent): void => queueMicrotask(() => options.onCommand(event));
    if (helper === undefined) {
      const limits = new ConfiguredLimits();
      const own = ownCommands(configuration, options, limits, onEvent);
      this.#adjustCommands = (to) => own.adjust(limits.of(to.options));
      this.#commands = own;
      this.#hooks = shellHooks({ commands: hooks, output: () => limits.output, onEvent });
    } else {
      // The helper reads its limits itself.
      this.#commands = this.#hooks = helpedCommands(helper, { hooks, onEvent, onLost: lose });
    }
    this.#canRun = helper !== undefined || user === undefined;
    this.firewall = withCommands(splitFirewall(this.#ports, this.#borrowed), this.#commands, {
      endsAtClose: () => this.#configuration.options.onStop === 'remove',
    });
  }

  /** Puts a configuration in force; if that fails, the one before it stays. */
  async start(
    configuration: Configuration,
    lists: AddressLists,
    options: StartOptions = {},
  ): Promise<readonly Grant[]> {
    const before = { configuration: this.#configuration, lists: this.#lists };
    if (!this.#canRun && runsCommands(configuration)) throw new NoHelperError();
    this.#take(configuration, lists);
    try {
      const grants = await this.firewall.start(configuration.doors, options);
      this.#settle(configuration);
      this.#lookBeside(configuration);
      this.#elsewhere = String(elsewhere(configuration.doors, ownAddresses()));
      for (const line of forwardingRemarks(configuration.doors, ownAddresses()))
        this.#options.say(line);
      this.#tellOfTrial();
      return grants;
    } catch (error) {
      this.#take(before.configuration, before.lists);
      throw error;
    }
  }

  /** From now on, or from the next start of what lies in the kernel. */
  #take(configuration: Configuration, lists: AddressLists): void {
    this.#configuration = configuration;
    this.#lists = lists;
    this.#ports.adjust(tableSettings(configuration, lists));
    this.#borrowed.adjust(tableSettings(configuration, lists));
    this.#adjustCommands(configuration);
  }

  /** Advice alone: what can't be read is none. */
  #lookBeside({ doors, options }: Configuration): void {
    try {
      for (const line of rulesBeside(doors, options, ownAddresses())) this.#options.say(line);
    } catch (error) {
      this.#options.say(`could not look at other rules: ${(error as Error).message}`);
    }
  }

  #settle({ doors, options }: Configuration): void {
    const newlyCut = this.#ports.newlyCut();
    const { lines, seeded } = settleSessions(this.#ports, doors, newlyCut, options.firstStart);
    const { say, ask } = this.#options;
    for (const line of lines) say(line);
    if (options.firstStart !== 'ask' || ask === undefined || seeded.length === 0) return;
    askWhoStays(this.firewall, seeded, ask).then(
      (cut) => cut.forEach(say),
      (error: unknown) => say(String(error)),
    );
  }

  /** A trial begins with the first start. */
  #tellOfTrial(): void {
    const ports = this.#ports.onTrial();
    if (this.#isTrialTold || ports.length === 0) return;
    this.#isTrialTold = true;
    const { say, trialSeconds } = this.#options;
    const time = trialSeconds === undefined ? '' : ` for ${durationText(trialSeconds)}`;
    say(`guarded on trial${time}: ${placedText(ports)}. Keep the guard: postern confirm`);
    if (trialSeconds === undefined) return;
    this.#trialEndsMs = performance.now() + trialSeconds * 1000;
    setTimeout(() => {
      const left = this.#ports.onTrial();
      if (left.length > 0) say(unconfirmedText(left));
    }, trialSeconds * 1000).unref();
  }

  /** What is worth knowing about the table as it is now. */
  remarks(): readonly string[] {
    const [still, tried] = [this.#ports.stillGuarded(), this.#ports.onTrial()];
    return [
      ...(still.length === 0 ? [] : [stillGuardedText(still)]),
      ...(tried.length === 0 ? [] : [this.#trialText(tried)]),
      ...this.#borrowed.troubles(),
    ];
  }

  #trialText(tried: readonly PlacedPorts[]): string {
    if (performance.now() > this.#trialEndsMs) return unconfirmedText(tried);
    return `on trial: ${placedText(tried)}. Keep the guard: postern confirm`;
  }

  /** This host's addresses have changed: a target may be this host's now, or no more. */
  async followAddresses(): Promise<void> {
    const now = String(elsewhere(this.#configuration.doors, ownAddresses()));
    if (now !== this.#elsewhere) await this.start(this.#configuration, this.#lists);
  }

  /** Ranges of the `block` lists with what each kept out, if they are to be counted. */
  listCounters(): readonly CountedRange[] {
    return this.#ports.listCounters();
  }

  /** Ports whose guard lets everybody in for now. */
  lifted(): readonly PlacedPorts[] {
    return this.#ports.lifted();
  }

  runHook(hook: Hook): Promise<void> {
    return this.#hooks.runHook(hook);
  }

  /** When the commands of one opening have run to their end; at once if none are under way. */
  oneDone(): Promise<void> {
    return this.#commands.oneDone();
  }
}

/** Whether anything of it needs a shell. */
export function runsCommands({ doors, options }: Configuration): boolean {
  const { up, down } = options.hooks;
  return [up, down, ...doors.map(({ commands }) => commands)].some((each) => each !== undefined);
}

class NoHelperError extends Error {
  readonly code = 'NO_HELPER';

  constructor() {
    super('there is a command, and nobody to run it: with `user`, start the daemon anew as root');
  }
}

function tableSettings({ options }: Configuration, lists: AddressLists): TableSettings {
  const { trusted, guardInterfaces, maxGrants, mark, published, onDoorRemoved, onStop } = options;
  const isOwner = options.owner;
  return {
    isOurs: ownAddresses(),
    trusted,
    guardInterfaces,
    maxGrants,
    mark,
    published,
    onDoorRemoved,
    onStop,
    isOwner,
    lists: listsOf(options, lists),
  };
}

/** As the table has them; nobody is blocked by hand in a configuration. */
export function listsOf({ lists }: Options, { allow, block }: AddressLists): Lists {
  const { scope, hasCounters } = lists;
  return { allow, block, scope, hasCounters, isByHand: false };
}

function ownCommands(
  { options, file }: Configuration,
  { interfaces, leaveStops }: LiveFirewallOptions,
  limits: ConfiguredLimits,
  onEvent: (event: CommandEvent) => void,
): ShellCommands {
  return commandFirewall({
    ...limits.of(options),
    book: bookIn(options.stateFolder, instanceName(file, interfaces)),
    ...(leaveStops === undefined ? {} : { leave: leaveStops }),
    onEvent,
  });
}

function nftText(event: NftEvent): string {
  const { count } = event;
  switch (event.kind) {
    case 'foreign elements removed':
      return `removed ${counted(count, 'element')} from our sets that ${count === 1 ? 'is no grant' : 'are no grants'} of ours`;
    case 'grants revoked':
      return `somebody deleted the elements of ${counted(count, 'grant')}: revoked`;
    case 'elements repaired':
      return `somebody had changed ${counted(count, 'element')} of grants: set right`;
    case 'blocks put back':
      return 'somebody had changed who is blocked: set right; to lift a block: postern unblock';
    case 'table made again':
      return `made the table again${count > 1 ? `, ${count} times` : ''}: ${event.reason}`;
    case 'news lost':
      return 'lost news of the ruleset: compared everything';
    case 'still guarded':
      return stillGuardedText(event.ports);
    case 'grants not kept':
      return event.why;
    case 'set missed':
      return `set ${event.set}: ${event.why}`;
    case 'set filled':
      return `set ${event.set} is new: put ${counted(count, 'element')} of grants into it`;
    case 'set left':
      return `set ${event.set} has no door any more: took ${counted(count, 'element')} of ours out of it`;
    case 'check failed':
      return `could not look at the ruleset: ${event.error.message}`;
  }
}

function unconfirmedText(ports: readonly PlacedPorts[]): string {
  return `nobody confirmed: ${placedText(ports)} is open to everybody`;
}

function stillGuardedText(ports: readonly PlacedPorts[]): string {
  const which = placedText(ports);
  return `no door guards ${which} any more, so it stays shut; postern reload --allow-unguard opens it to everybody`;
}
