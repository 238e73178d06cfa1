import type { CompiledDoors } from '../matcher/compile-doors.ts';
import { KnockdTrace } from '../matcher/knockd-trace.ts';
import type { PacketWatcher } from '../source/row-by-row.ts';
import { formatAddress, type Address } from '../tuple/address.ts';
import type { TupleBatch } from '../tuple/batch.ts';
import { sourceAt, targetAt } from '../tuple/batch-address.ts';
import { COUNTERS } from '../tuple/columns.ts';
import { protocolName } from '../tuple/protocol.ts';

const LAST_WHOLE = COUNTERS.indexOf('unwanted');

export interface PacketLinesOptions {
  readonly print: (line: string) => void;
  /** 0.8's own lines, its month that is one too small among them. */
  readonly isCompat: boolean;
  /** Bytes that count for a link header which the kernel took off. */
  readonly headerBytes: number;
}

/** The lines of `-D` about packets: each one that is looked at, and in compat what 0.8 makes of it. */
export class PacketLines implements PacketWatcher {
  readonly #options: PacketLinesOptions;
  #trace: KnockdTrace | undefined;
  #after: readonly string[] = [];

  constructor(options: PacketLinesOptions) {
    this.#options = options;
  }

  /** From here on these doors are traced; attempts begin anew. */
  follow(compiled: CompiledDoors, local: readonly Address[]): void {
    this.#trace = new KnockdTrace(compiled, local);
  }

  /** Of these doors one has another sequence. */
  replaceDoors(compiled: CompiledDoors): void {
    this.#trace?.replaceDoors(compiled);
  }

  before(batch: TupleBatch): void {
    this.#after = [];
    if (batch.verdict[0]! > LAST_WHOLE) return;
    const lines = this.#trace?.take(batch, 0);
    if (lines === undefined) return;
    const { print, isCompat } = this.#options;
    print(this.#packetLine(batch));
    if (!isCompat) return;
    const event = lines.indexOf(null);
    const end = event < 0 ? lines.length : event;
    for (const line of lines.slice(0, end)) print(line!);
    this.#after = lines.slice(end).filter((line) => line !== null);
  }

  after(): void {
    for (const line of this.#after) this.#options.print(line);
  }

  #packetLine(batch: TupleBatch): string {
    const { isCompat, headerBytes } = this.#options;
    const protocol = protocolName(batch.protocol[0]!);
    const isEcho = protocol === 'icmp' || protocol === 'icmp6';
    const [from, to] = isEcho ? ['', ''] : [`:${batch.sourcePort[0]}`, `:${batch.port[0]}`];
    const source = `${formatAddress(sourceAt(batch, 0))}${from}`;
    const target = `${formatAddress(targetAt(batch, 0))}${to}`;
    const bytes = batch.frameLength[0]! + headerBytes;
    const time = localSecond(new Date(batch.seconds[0]! * 1000), isCompat ? 0 : 1);
    return `${time}: ${protocol}: ${source} -> ${target} ${bytes} bytes`;
  }
}

function localSecond(date: Date, firstMonth: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const month = two(date.getMonth() + firstMonth);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${date.getFullYear()}-${month}-${two(date.getDate())} ${time}`;
}
