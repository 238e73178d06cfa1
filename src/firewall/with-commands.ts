import type { Door } from '../door/door.ts';
import type { CommandFirewall } from './command/command.ts';
import type { Firewall, Grant, Opening, Outcome } from './firewall.ts';

/**
 * A firewall that opens ports and runs commands: first the kernel's acknowledgement, then the start
 * command. With cmd_timeout every opening has its own start and stop, as in knockd; without it, a door
 * with `open` has one start when a grant begins and one stop when it ends, and a renewal runs neither.
 */
export function withCommands(ports: Firewall, commands: CommandFirewall): Firewall {
  return new PortsAndCommands(ports, commands);
}

class PortsAndCommands implements Firewall {
  readonly #ports: Firewall;
  readonly #commands: CommandFirewall;

  constructor(ports: Firewall, commands: CommandFirewall) {
    this.#ports = ports;
    this.#commands = commands;
  }

  async start(doors: readonly Door[]): Promise<readonly Grant[]> {
    await this.#commands.start(doors);
    return this.#ports.start(doors);
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
    for (const grant of ended) {
      if (!stopsWithGrant(grant.door)) continue;
      this.#commands.stop(grant);
    }
    return ended;
  }

  nextExpiryMs(): number | undefined {
    return this.#ports.nextExpiryMs();
  }

  async close(): Promise<void> {
    await this.#ports.close();
    await this.#commands.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #run(opening: Opening, grant: Grant, isRenewal: boolean, nowMs: number): void {
    const { door, source } = opening;
    if (!stopsWithGrant(door)) {
      this.#commands.apply([opening], nowMs); // a refusal is the commands' own event
      return;
    }
    if (isRenewal) this.#commands.renew(grant, nowMs);
    else this.#commands.begin(grant, source, nowMs);
  }
}

/** Whether the stop command waits for the grant's end: the door opens ports and names no time of its own. */
function stopsWithGrant({ open, commands }: Door): boolean {
  return open.length > 0 && commands !== undefined && commands.timeoutSeconds === undefined;
}
