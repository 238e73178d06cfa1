import type { Configuration } from '../config/configuration.ts';
import type { ReloadAnswer } from '../control/answers.ts';
import { ControlError } from '../control/control-error.ts';
import { loadConfiguration } from '../config/load.ts';
import { Daemon, HelperLostError } from '../daemon/daemon.ts';
import { lowerRights } from '../daemon/rights/lower-rights.ts';
import { CaptureError } from '../source/capture-error.ts';
import type { Socket } from 'node:net';
import { resolve } from 'node:path';
import type { Caller } from './caller.ts';
import { USAGE, type KnockdFlags } from './knockd-flags.ts';
import { interfacesOf, namedInterfaces } from './knockd-interfaces.ts';
import { loadKnockd, loadOptionsOf } from './knockd-load.ts';
import { KnockdOutput } from './knockd-output.ts';
import { leaveStops } from './leave-stops.ts';
import { isInPidFile, removePidFile, writePidFile } from './pid-file.ts';
import { heardOn } from '../config/packet-source.ts';
import { Service } from './service.ts';
import type { Signals } from './signals.ts';

/** Runs the daemon under its drop-in name until a signal ends it; the exit code, as 0.8 has them. */
export async function runKnockd(
  flags: KnockdFlags,
  caller: Caller,
  signals: Signals,
): Promise<number> {
  let helper: Socket | undefined;
  try {
    helper = withoutRights(flags, caller);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    caller.say(`knockd: ${error.message}`);
    return 1;
  }
  const configuration = loadKnockd(flags.config, flags, caller);
  if (configuration === undefined) {
    for (const line of USAGE) caller.print(line);
    return 1;
  }
  const run = new KnockdRun(configuration, flags, caller, signals, helper);
  return run.run();
}

/** Where rights are to go, this process begins anew without them, so nothing is said before. A wrong file is left to come up later. */
function withoutRights(flags: KnockdFlags, caller: Caller): Socket | undefined {
  const { configuration } = loadConfiguration(flags.config, loadOptionsOf(flags));
  if (configuration === undefined) return undefined;
  const { pidFile } = configuration.options;
  return lowerRights({
    configuration,
    interfaces: interfacesOf(flags, configuration),
    asRoot: () => void (flags.isDaemon && writePidFile(pidFile)),
    folder: flags.isDaemon ? '/' : undefined,
    descriptors: () => caller.descriptors(),
  });
}

class KnockdRun {
  readonly #flags: KnockdFlags;
  readonly #caller: Caller;
  readonly #signals: Signals;
  readonly #helper: Socket | undefined;
  readonly #output: KnockdOutput;
  readonly #interfaces: readonly string[];
  readonly #heardOn: readonly string[];
  readonly #service: Service;
  /** What a relative path means now it means after the daemon has gone to `/`, too. */
  readonly #file: string;
  #configuration: Configuration;
  #daemon: Daemon | undefined;
  #failReload: (code: number) => void = () => {};

  constructor(
    configuration: Configuration,
    flags: KnockdFlags,
    caller: Caller,
    signals: Signals,
    helper: Socket | undefined,
  ) {
    this.#helper = helper;
    this.#configuration = configuration;
    this.#flags = flags;
    this.#caller = caller;
    this.#signals = signals;
    this.#file = resolve(flags.config);
    this.#interfaces = interfacesOf(flags, configuration);
    this.#heardOn = heardOn(configuration.options.sources, this.#interfaces);
    this.#service = new Service(this.#heardOn);
    const { options } = configuration;
    this.#output = new KnockdOutput(caller, flags, { ...options, isCompat: this.#isCompat });
  }

  async run(): Promise<number> {
    const output = this.#output;
    let daemon: Daemon;
    try {
      daemon = await this.#start();
    } catch (error) {
      return this.#explain(error as NodeJS.ErrnoException);
    }
    const { pidFile } = this.#configuration.options;
    if (this.#flags.isDaemon) this.#goToBackground(pidFile);
    output.listening(this.#heardOn);
    this.#service.started(daemon, this.#configuration);

    const reloadFailed = new Promise<number>((fail) => (this.#failReload = fail));
    this.#daemon = daemon;
    this.#signals.onReload(() => void this.#reload(false).catch(isSaid));
    const stopped = this.#whatEnds(daemon);
    const end = await Promise.race([
      stopped,
      reloadFailed.then((code) => ({ code, isAbrupt: true })),
    ]);
    this.#service.stopping();
    if (!end.isAbrupt) {
      await daemon.stop();
      output.waiting();
      const done = daemon.beforeEnd().then(() => daemon.oneDone());
      await Promise.race([done, this.#signals.hurry]);
      output.closing();
    }
    await daemon.close();
    if (this.#flags.isDaemon && !end.isAbrupt) removePidFile(pidFile);
    await output.end();
    return end.code;
  }

  get #isCompat(): boolean {
    return this.#configuration.options.compat === 'knockd';
  }

  #start(): Promise<Daemon> {
    const output = this.#output;
    const { isDebug, onlyIpv4 } = this.#flags;
    return Daemon.start({
      configuration: this.#configuration,
      interfaces: this.#interfaces,
      followsRoute: namedInterfaces(this.#flags, this.#configuration).length === 0,
      onlyIpv4,
      report: (event) => output.event(event),
      reportSuppressed: (count) => output.suppressed(count),
      onLink: (report) => output.link(report),
      onCommand: (event) => output.command(event),
      helper: this.#helper,
      leaveStops: (stops, outputs) =>
        leaveStops(stops, outputs, this.#configuration, this.#interfaces, this.#flags),
      say: (line) => output.say(`knockd: ${line}`),
      remark: (line) => output.say(line),
      complain: (line) => output.complain(line),
      debug: isDebug ? (line) => this.#caller.print(line) : undefined,
      onReload: (allowUnguard) => this.#reload(allowUnguard),
    });
  }

  /** Whoever launched us waits until here. */
  #goToBackground(pidFile: string): void {
    process.chdir('/');
    const problem = isInPidFile(pidFile) ? undefined : writePidFile(pidFile);
    if (problem !== undefined) {
      this.#output.log(problem);
      if (this.#flags.isDebug) this.#caller.print(problem);
    }
    this.#caller.ready();
  }

  /** A signal; or the capture fails, which 0.8 answers with 0. */
  #whatEnds(daemon: Daemon): Promise<{ code: number; isAbrupt: boolean }> {
    const failed = daemon.run().then(
      () => 0,
      (error: unknown) => this.#captureFailed(error),
    );
    const code = Promise.race([this.#signals.end, failed]);
    return code.then((number) => ({ code: number, isAbrupt: false }));
  }

  #captureFailed(error: unknown): number {
    if (error instanceof HelperLostError) {
      this.#output.complain(`knockd: ${error.message}`);
      return 1;
    }
    if (!(error instanceof CaptureError)) throw error;
    const isGone = error.code === 'CAPTURE_NO_INTERFACE';
    this.#caller.say(`pcap: ${isGone ? 'The interface disappeared' : error.message}`);
    if (this.#flags.isDebug) this.#caller.print('bailed out of main loop! (ret=-1)');
    return this.#isCompat ? 0 : 1;
  }

  /** A broken file ends 0.8; otherwise the old configuration stays in force, and whoever asked is told. */
  async #reload(allowUnguard: boolean): Promise<ReloadAnswer> {
    const output = this.#output;
    this.#service.reloading();
    output.reloading(this.#flags.config);
    const problems: string[] = [];
    const fresh = loadKnockd(this.#file, this.#flags, this.#caller, problems);
    if (fresh === undefined && !this.#isCompat) {
      output.complain(`the old configuration stays in force: ${this.#file} has errors`);
      this.#service.reloadFailed();
      throw new ControlError('REFUSED', problems.join('\n'));
    }
    output.closeLog();
    if (fresh === undefined) {
      this.#failReload(1);
      throw new ControlError('REFUSED', problems.join('\n'));
    }
    output.reopenLog(fresh.options);
    try {
      const remarks = await this.#daemon!.reload(fresh, { allowUnguard });
      this.#configuration = fresh;
      this.#service.reloaded(fresh);
      return { doors: fresh.doors.length, remarks };
    } catch (error) {
      this.#service.reloadFailed();
      const why = `the old configuration stays in force: ${(error as Error).message}`;
      output.complain(why);
      throw new ControlError('FAILED', why);
    }
  }

  /** In libpcap's words, if it is about interfaces. */
  #whatFailed(error: CaptureError): string {
    const isBeside = this.#heardOn.some((name) => name.endsWith(`:${error.input}`));
    return isBeside ? error.message : `${this.#interfaces.join(',')}: ${captureReason(error)}`;
  }

  async #explain(error: NodeJS.ErrnoException): Promise<number> {
    if (error instanceof CaptureError) {
      this.#output.say(`could not open ${this.#whatFailed(error)}`);
    } else if (error.code === 'KNOCKD_LINK' || error.code === 'KNOCKD_FILTER') {
      this.#output.say(error.message);
      this.#output.waiting();
      this.#output.closing();
    } else if (error.code !== undefined) {
      this.#output.say(`knockd: ${error.message}`);
    } else {
      throw error;
    }
    await this.#output.end();
    return 1;
  }
}

/** libpcap's words, which is where 0.8 has them from. */
function captureReason({ code, input, message }: CaptureError): string {
  switch (code) {
    case 'CAPTURE_NO_INTERFACE':
      return `${input}: No such device exists (No such device exists)`;
    case 'CAPTURE_NO_PERMISSION':
      return `${input}: You don't have permission to perform this capture on that device (socket: Operation not permitted)`;
    default:
      return message;
  }
}

function isSaid(): void {}
