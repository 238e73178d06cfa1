import type { CounterName } from '../../tuple/columns.ts';

/** A frame as a reader hands it over: bytes on loan, and what the capture says besides. */
export interface Frame {
  readonly bytes: DataView;
  readonly originalLength: number;
  readonly linkType: number;
  readonly interface: number;
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** Why a frame is no tuple. */
export type Reject = Exclude<CounterName, 'wanted' | 'unwanted'>;

/** What a frame says; one object, filled anew for each frame. */
export class Tuple {
  readonly source: Uint32Array = new Uint32Array(4);
  readonly target: Uint32Array = new Uint32Array(4);
  payloadAt = 0;
  payloadLength = 0;
  sourcePort = 0;
  port = 0;
  vlan = 0;
  protocol = 0;
  flags = 0;
  traits = 0;
  reject: Reject | undefined;

  clear(): void {
    this.source.fill(0);
    this.target.fill(0);
    this.payloadAt = this.payloadLength = this.sourcePort = this.port = this.vlan = 0;
    this.protocol = this.flags = this.traits = 0;
    this.reject = undefined;
  }

  /** The first reason stays. Returns undefined, for walks that end here. */
  refuse(why: Reject): undefined {
    this.reject ??= why;
    return undefined;
  }
}

export function has(bytes: DataView, at: number, count: number): boolean {
  return at + count <= bytes.byteLength;
}
