import { ListReader, type AddressLists } from '../config/address-lists.ts';
import type { Configuration } from '../config/configuration.ts';
import { sequenceText } from '../config/knockd-debug.ts';
import { OneTimeSequences } from '../config/one-time-file.ts';
import type { Door } from '../door/door.ts';
import { MONOTONIC_CLOCK } from '../engine/clock.ts';
import { ControlError } from '../control/control-error.ts';
import type { ControlServer } from '../control/server.ts';
import { UsedKnocks } from '../codec/used-knocks.ts';
import { Engine, type EngineParts } from '../engine/engine.ts';
import { KnockBook } from '../engine/knock-book.ts';
import type { DoorSet } from '../engine/matching.ts';
import { OneTimeDoors } from '../engine/one-time-doors.ts';
import { monotonicMs } from '../firewall/clock.ts';
import type { StartOptions } from '../firewall/firewall.ts';
import type { CodecOf } from '../matcher/encoded/codec.ts';
import type { Event } from '../report/event.ts';
import { jsonLine } from '../report/json.ts';
import { clockOffsets } from '../source/clock-offsets.ts';
import type { SourceCounters } from '../source/source.ts';
import { formatAddress, type Address } from '../tuple/address.ts';
import { checkFilter, filterLines, hasUseForOwnPackets } from './as-knockd.ts';
import { compileHere } from './compile-here.ts';
import type { Controlled } from './control-actions.ts';
import { listenForControl } from './control-socket.ts';
import { BlockBook, blocksFile, blocksLeft } from './block-book.ts';
import { Blocking } from './blocking.ts';
import { listRemarks, readLists, readListsAgain } from './read-lists.ts';
import type { DaemonOptions } from './daemon-options.ts';
import { keepDescriptors } from './descriptors.ts';
import { hearHere, hearInWorkers, type Hearing } from './hearing.ts';
import { heldBack } from './held-back.ts';
import { openIntake, type Intake } from './intake.ts';
import { lockInstance } from './instance-lock.ts';
import { linkKind, linkText, missingHeaderBytes } from './link-kind.ts';
import { LiveFirewall } from './live-firewall.ts';
import { LiveSources } from './live-sources.ts';
import { PacketLines } from './packet-lines.ts';
import { pendingActions } from './pending-actions.ts';
import { Standpoint } from './standpoint.ts';
import { SleepWatch } from './sleep-watch.ts';
import { spanRemarks } from './span-remarks.ts';
import { instanceName } from './state-folder.ts';
import { usedKnocksFile } from './used-knocks-file.ts';
import { vantageOf, type Vantage } from './vantage.ts';
import { WakeOnLan } from './wake-on-lan.ts';

/** What was opened for a daemon. */
interface Parts {
  readonly vantage: Vantage;
  readonly intake: Intake;
  readonly sequences: OneTimeSequences;
  readonly book: KnockBook;
  readonly codecOf: CodecOf;
  readonly lines: PacketLines | undefined;
  readonly lists: AddressLists;
  readonly reader: ListReader;
  readonly doorSet: DoorSet;
  readonly lock: Disposable | undefined;
}

/**
 * The composition root: opens the rings, makes or takes over the table, and runs the engine. What fails
 * while it starts is undone before the error passes on, so that nothing is left half done.
 */
export class Daemon {
  readonly #options: DaemonOptions;
  readonly #hearing: Hearing;
  readonly #firewall: LiveFirewall;
  readonly #reader: ListReader;
  readonly #blocking: Blocking;
  readonly #engine: Engine;
  readonly #packetLines: PacketLines | undefined;
  readonly #lock: Disposable | undefined;
  #control: ControlServer | undefined;
  #sleepWatch: SleepWatch | undefined;
  readonly #standpoint: Standpoint;
  #doorSet: DoorSet;
  #configuration: Configuration;
  #sequences: OneTimeSequences;
  #oneTime!: OneTimeDoors;
  readonly #book: KnockBook;
  readonly #wakes: WakeOnLan;
  #codecOf: CodecOf;

  private constructor(options: DaemonOptions, parts: Parts) {
    const { configuration } = options;
    const { intake, doorSet } = parts;
    this.#options = options;
    this.#doorSet = doorSet;
    this.#configuration = configuration;
    this.#sequences = parts.sequences;
    this.#book = parts.book;
    this.#codecOf = parts.codecOf;
    this.#packetLines = parts.lines;
    this.#lock = parts.lock;
    this.#hearing =
      intake instanceof LiveSources
        ? hearHere(intake, doorSet, options, parts.lines)
        : hearInWorkers(intake);
    const { matching } = this.#hearing;
    this.#standpoint = new Standpoint(parts.vantage, {
      ...options,
      ring: intake.ring,
      options: () => this.#configuration.options,
      onAddresses: (addresses) => this.#move(addresses),
    });
    this.#firewall = new LiveFirewall(configuration, parts.lists, options);
    this.#reader = parts.reader;
    this.#blocking = this.#makeBlocking(parts.lists);
    this.#follow(configuration.doors);
    this.#wakes = new WakeOnLan(options.complain);
    this.#engine = new Engine({
      ...options,
      report: (event) => this.#report(event),
      reportsAtOnce: options.debug !== undefined,
      matching,
      firewall: this.#firewall.firewall,
      clock: MONOTONIC_CLOCK,
      wallShiftUs: () => this.#hearing.wallShift(),
      oneTime: { spend: (door) => this.#oneTime.spend(door) },
      tickets: this.#hearing.marking(parts.book),
      doors: () => this.#configuration.doors,
      wake: (wake) => this.#wakes.wake(wake),
      lostActions: configuration.options.lostStop,
      ...pendingOf(options),
      onScans: (scans) => this.#blocking.found(scans),
    });
  }

  static async start(options: DaemonOptions): Promise<Daemon> {
    const { configuration, interfaces, debug } = options;
    const isCompat = configuration.options.compat === 'knockd';
    const vantage = vantageOf(configuration.options, interfaces, options.onlyIpv4);
    const lock = isCompat ? undefined : lockOf(options);
    const opened: (Disposable | AsyncDisposable)[] = lock === undefined ? [] : [lock];
    let daemon: Daemon | undefined;
    const book = new KnockBook(
      () => new UsedKnocks(usedKnocksFile(configuration)),
      () => (daemon === undefined ? 0 : daemon.#hearing.wallShift() / 1e6),
    );
    opened.push(book);
    try {
      const reader = new ListReader();
      const lists = readLists(reader, configuration);
      const remarks = [...listRemarks(lists), ...spanRemarks(configuration.doors)];
      for (const line of remarks) options.say(line);
      const codecOf = book.codecsOf(configuration.doors);
      const doorSet = compileHere(
        options.say,
        configuration,
        configuration.doors,
        vantage,
        codecOf,
      );
      const sequences = openSequences(options, configuration.doors);
      opened.push(sequences);
      const hearsOutgoing =
        isCompat && hasUseForOwnPackets(configuration.doors, interfaces, vantage);
      const intake = await openIntake(options, {
        doorSet,
        hearsOutgoing,
        used: () => book.usedUpTo(),
        onNews: (news) => {
          if (daemon !== undefined) daemon.#standpoint.onNews(news);
        },
        addresses: () => (daemon === undefined ? vantage : daemon.#standpoint.vantage).addresses,
      });
      opened.push(intake);
      keepDescriptors();
      const kind = linkKind(intake.ring?.hardware[0]);
      debug?.(linkText(kind));
      for (const address of vantage.addresses) debug?.(`local IP: ${formatAddress(address)}`);
      if (isCompat) await checkFilter(kind, configuration.doors);
      for (const line of filterLines(configuration.doors, vantage)) debug?.(line);

      const headerBytes = missingHeaderBytes(kind);
      const lines =
        debug === undefined ? undefined : new PacketLines({ print: debug, isCompat, headerBytes });
      daemon = new Daemon(options, {
        vantage,
        intake,
        sequences,
        book,
        codecOf,
        lines,
        lists,
        reader,
        doorSet,
        lock,
      });
      daemon.#blocking.begin();
      const grants = await daemon.#firewall.start(configuration, lists);
      if (grants.length > 0) options.say(`took over ${grants.length} open grants`);
      if (!isCompat) daemon.#standpoint.onNews({ links: true, addresses: true, routes: true });
      daemon.#sleepWatch = daemon.#watchSleep();
      daemon.#control = await daemon.#listen();
      await daemon.#firewall.runHook('up');
      return daemon;
    } catch (error) {
      for (const each of opened.reverse()) {
        await (Symbol.asyncDispose in each ? each[Symbol.asyncDispose]() : each[Symbol.dispose]());
      }
      throw error;
    }
  }

  /** Runs until `stop` or a failure. */
  async run(): Promise<void> {
    const lost = this.#firewall.helperLost.then(() => Promise.reject(new HelperLostError()));
    await Promise.race([this.#engine.run(), lost]);
  }

  counters(): SourceCounters {
    return this.#hearing.counters();
  }

  /** Whether packets lie in the rings that have not been taken. */
  isBehind(): boolean {
    return this.#hearing.hasFrames();
  }

  /** Ends the capture; `run` returns. */
  async stop(): Promise<void> {
    await this.#hearing.close();
  }

  /** What is configured to run before anything is let go of; done when it has. */
  async beforeEnd(): Promise<void> {
    await this.#firewall.runHook('down');
  }

  /** When the commands of one opening have run to their end; at once if none are under way. */
  oneDone(): Promise<void> {
    return this.#firewall.oneDone();
  }

  /** Lets go of everything; grants go on in the kernel, stop commands in a process of their own. */
  async close(): Promise<void> {
    this.#sleepWatch?.[Symbol.dispose]();
    this.#blocking[Symbol.dispose]();
    await this.#control?.close();
    await this.#hearing.close();
    await this.#firewall.firewall.close();
    this.#sequences[Symbol.dispose]();
    this.#book[Symbol.dispose]();
    this.#lock?.[Symbol.dispose]();
  }

  /**
   * Swaps in another configuration; what is worth knowing about it. Attempts at doors that are the same go
   * on; not so in compat. A port that loses its door stays guarded unless that is allowed to end.
   */
  async reload(
    configuration: Configuration,
    options: StartOptions = {},
  ): Promise<readonly string[]> {
    const { debug } = this.#options;
    const isCompat = configuration.options.compat === 'knockd';
    const { vantage } = this.#standpoint;
    const remarks = heldBack(this.#configuration.options, configuration.options);
    for (const line of remarks) this.#options.say(line);
    const { sequences, codecOf, doorSet, lists } = await this.#takeOn(configuration, options);
    this.#sequences[Symbol.dispose]();
    this.#sequences = sequences;
    this.#codecOf = codecOf;
    this.#doorSet = doorSet;
    this.#configuration = configuration;
    this.#hearing.matching.replaceDoors(isCompat ? 'none' : 'equal');
    this.#follow(configuration.doors);
    this.#blocking.follow(configuration.options, lists);
    this.#hearing.matching.watchFor(configuration.options.scans);
    for (const line of filterLines(configuration.doors, vantage)) debug?.(line);
    return [
      ...listRemarks(lists),
      ...spanRemarks(configuration.doors),
      ...this.#firewall.remarks(),
    ];
  }

  /** Has the source take what the new doors want, and puts that back if the rest fails. */
  async #exchange(next: DoorSet, rest: () => Promise<unknown>): Promise<void> {
    const { matching } = this.#hearing;
    await matching.takeOn(next);
    try {
      await rest();
    } catch (error) {
      matching.putBack();
      throw error;
    }
  }

  /** What may fail of a reload. If it does, all is as it was. */
  async #takeOn(
    configuration: Configuration,
    options: StartOptions,
  ): Promise<Pick<Parts, 'sequences' | 'codecOf' | 'doorSet' | 'lists'>> {
    const { doors } = configuration;
    const sequences = openSequences(this.#options, doors);
    try {
      const codecOf = this.#book.codecsOf(doors);
      const doorSet = compileHere(
        this.#options.say,
        configuration,
        doors,
        this.#standpoint.vantage,
        codecOf,
      );
      const lists = readListsAgain(this.#reader, configuration);
      await this.#exchange(doorSet, () => this.#firewall.start(configuration, lists, options));
      return { sequences, codecOf, doorSet, lists };
    } catch (error) {
      sequences[Symbol.dispose]();
      throw error;
    }
  }

  /** Grants end by a clock that sleeps with the machine, which nobody means by `open_for`. */
  #watchSleep(): SleepWatch {
    const { complain } = this.#options;
    return new SleepWatch({
      sleptUs: () => clockOffsets().suspended,
      onWake: (sleptMs) => {
        this.#engine.slept(sleptMs);
        this.#blocking.slept(sleptMs);
      },
      onFailure: ({ message }) =>
        complain(`grants last longer by the time that this machine has slept: ${message}`),
    });
  }

  /** The host has other addresses. Attempts go on: where a knock is for is judged packet by packet. */
  #move(addresses: readonly Address[]): void {
    this.#hearing.matching.setLocalAddresses(addresses);
    this.#packetLines?.follow(this.#doorSet.compiled, addresses);
    this.#firewall.followAddresses().catch((error: unknown) => this.#options.say(String(error)));
  }

  #report(event: Event): void {
    if (event.event === 'match') this.#blocking.heard(event.source);
    this.#options.report(event);
    if (this.#control?.isWatched !== true) return;
    const line = jsonLine(event);
    if (line !== undefined) this.#control.publish(line);
  }

  #makeBlocking(lists: AddressLists): Blocking {
    const { configuration } = this.#options;
    const book = new BlockBook(() => blocksFile(configuration), monotonicMs);
    book.load(blocksLeft(configuration));
    return new Blocking(
      {
        firewall: this.#firewall.firewall,
        matching: this.#hearing.matching,
        book,
        clock: monotonicMs,
        say: this.#options.say,
      },
      configuration.options,
      lists,
    );
  }

  #listen(): Promise<ControlServer | undefined> {
    const { say, onReload } = this.#options;
    const controlled: Controlled = {
      configuration: () => this.#configuration,
      interfaces: () => this.#standpoint.interfaces,
      hearing: this.#hearing,
      reload: onReload ?? nobodyReloads,
      engine: this.#engine,
      firewall: this.#firewall.firewall,
      replayed: () => this.#book.replayed,
      lifted: () => this.#firewall.lifted(),
      blocking: this.#blocking,
      listCounters: () => this.#firewall.listCounters(),
      remarks: () => this.#firewall.remarks(),
    };
    return listenForControl(controlled, say);
  }

  #follow(doors: readonly Door[]): void {
    this.#hearing.matching.setLocalAddresses(this.#standpoint.vantage.addresses);
    this.#packetLines?.follow(this.#doorSet.compiled, this.#standpoint.vantage.addresses);
    const { debug, complain } = this.#options;
    this.#oneTime = new OneTimeDoors({
      doors,
      sequences: this.#sequences,
      replace: (changed) => this.#replace(changed),
      onNext: (door) => {
        debug?.(`new sequence for door ${door.name}: ${sequenceText(door.steps)}`);
        for (const line of filterLines([door], this.#standpoint.vantage)) debug?.(line);
      },
      onUsedUp: (door) =>
        complain(
          `no more sequences left in the one time sequences file for door ${door.name} --> disabling the door`,
        ),
    });
  }

  /** One of the doors has another one-time sequence; in 0.8 attempts go on with it at the stage they had. */
  #replace(doors: readonly Door[]): void {
    const doorSet = compileHere(
      this.#options.say,
      this.#configuration,
      doors,
      this.#standpoint.vantage,
      this.#codecOf,
    );
    const isCompat = this.#configuration.options.compat === 'knockd';
    this.#hearing.matching.exchange(doorSet, isCompat ? 'place' : 'equal');
    this.#doorSet = doorSet;
    this.#packetLines?.replaceDoors(doorSet.compiled);
  }
}

/** Doors still open ports, but nobody is left who could run their commands: a daemon in parts is none. */
export class HelperLostError extends Error {
  readonly code = 'HELPER_LOST';

  constructor() {
    super('the helper that runs commands has ended, so the daemon ends: start it anew');
  }
}

function nobodyReloads(): Promise<never> {
  return Promise.reject(new ControlError('REFUSED', 'this daemon reads no file'));
}

function lockOf({ configuration, interfaces, say }: DaemonOptions): Disposable {
  const { stateFolder } = configuration.options;
  return lockInstance(stateFolder, instanceName(configuration.file, interfaces), say);
}

/** 0.8 keeps no state. */
function pendingOf({ configuration, interfaces }: DaemonOptions): Pick<EngineParts, 'pending'> {
  const { file, options } = configuration;
  if (options.compat === 'knockd') return {};
  return { pending: pendingActions(options.stateFolder, instanceName(file, interfaces)) };
}

function openSequences({ complain }: DaemonOptions, doors: readonly Door[]): OneTimeSequences {
  return new OneTimeSequences(doors, { isDry: false, onBad: complain });
}
