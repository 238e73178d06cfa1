import type { Door } from '../door/door.ts';
import type { Network } from '../tuple/network.ts';
import type { Block, CountedRange } from './block.ts';
import type { CommandFirewall } from './command/command.ts';
import type { Firewall, Grant, Opening, Outcome, StartOptions } from './firewall.ts';

export interface WithCommandsOptions {
  /** Whether grants end when the firewall is closed (`on_stop = remove`), so that their stop commands run then; asked at the close. */
  readonly endsAtClose?: () => boolean;
}

/**
 * A firewall that opens ports and runs commands: first the kernel's acknowledgement, then the start
 * command. With cmd_timeout every opening has its own start and stop, as in knockd; without it, a door
 * with `open` has one start when a grant begins and one stop when it ends, and a renewal runs neither.
 */
export function withCommands(
  ports: Firewall,
  commands: CommandFirewall,
  options: WithCommandsOptions = {},
): Firewall {
  return new PortsAndCommands(ports, commands, options.endsAtClose ?? (() => false));
}

class PortsAndCommands implements Firewall {
  readonly #ports: Firewall;
  readonly #commands: CommandFirewall;
  readonly #endsAtClose: () => boolean;
  /** Grants whose stop commands are to come, by their numbers. */
  readonly #begun = new Map<number, Grant>();
  #tell: (grants: readonly Grant[]) => void = () => {};

  constructor(ports: Firewall, commands: CommandFirewall, endsAtClose: () => boolean) {
    this.#ports = ports;
    this.#commands = commands;
    this.#endsAtClose = endsAtClose;
    ports.onRevoked((grants) => {
      for (const { id } of grants) this.#stop(id);
      this.#tell(grants);
    });
  }

  /** Grants that an earlier daemon left have their stop commands to come; those that a reload ends, now. */
  async start(doors: readonly Door[], options?: StartOptions): Promise<readonly Grant[]> {
    await this.#commands.start(doors);
    const open = await this.#ports.start(doors, options);
    const alive = new Set(open.map(({ id }) => id));
    for (const id of [...this.#begun.keys()]) if (!alive.has(id)) this.#stop(id);
    for (const grant of open) if (stopsWithGrant(grant.door)) this.#begun.set(grant.id, grant);
    return open;
  }

  apply(openings: readonly Opening[], nowMs: number): readonly Outcome[] {
    const outcomes = this.#ports.apply(openings, nowMs);
    for (const [at, outcome] of outcomes.entries()) {
      const opening = openings[at]!;
      if (outcome.kind === 'opened' && opening.door.commands !== undefined) {
        this.#run(opening, outcome.grant, outcome.renewed, nowMs);
      }
    }
    return outcomes;
  }

  expire(nowMs: number): readonly Grant[] {
    const ended = this.#ports.expire(nowMs);
    for (const { id } of ended) this.#stop(id);
    return ended;
  }

  nextExpiryMs(): number | undefined {
    return this.#ports.nextExpiryMs();
  }

  listed(nowMs: number): Promise<Iterable<Grant>> {
    return this.#ports.listed(nowMs);
  }

  counted(nowMs: number): ReadonlyMap<Door, number> {
    return this.#ports.counted(nowMs);
  }

  grants(nowMs: number): readonly Grant[] {
    return this.#ports.grants(nowMs);
  }

  /** Doors that have commands alone have no grants. */
  revoke(door: Door, from: Network, nowMs: number): readonly Grant[] {
    return this.#ports.revoke(door, from, nowMs);
  }

  /** Stop commands that wait for the end of a grant come earlier, too; those with a time of their own sleep with the machine, as in 0.8. */
  shorten(byMs: number, nowMs: number): void {
    this.#ports.shorten(byMs, nowMs);
  }

  block(blocks: readonly Block[], nowMs: number): void {
    this.#ports.block(blocks, nowMs);
  }

  blocked(nowMs: number): readonly CountedRange[] {
    return this.#ports.blocked(nowMs);
  }

  onRevoked(listener: (grants: readonly Grant[]) => void): void {
    this.#tell = listener;
  }

  async close(): Promise<void> {
    await this.#ports.close();
    if (this.#endsAtClose()) for (const id of [...this.#begun.keys()]) this.#stop(id);
    await this.#commands.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run(opening: Opening, grant: Grant, isRenewal: boolean, nowMs: number): void {
    const { door, source } = opening;
    if (!stopsWithGrant(door)) {
      this.#commands.apply([opening], nowMs); // a refusal is the commands' own event
    } else if (isRenewal) {
      this.#commands.renew(grant, nowMs);
    } else if (this.#commands.begin(grant, source, nowMs)) {
      this.#begun.set(grant.id, grant);
    }
  }

  #stop(id: number): void {
    const grant = this.#begun.get(id);
    if (grant === undefined) return;
    this.#begun.delete(id);
    this.#commands.stop(grant);
  }
}

/** Whether the stop command waits for the grant's end: the door opens ports and names no time of its own. */
function stopsWithGrant({ open, commands }: Door): boolean {
  return open.length > 0 && commands !== undefined && commands.timeoutSeconds === undefined;
}
