/** Where a decision stands among those of other matchers that go through the same packets. */
export interface Place {
  /** Of which packet it came, counted through all that some door wants. */
  readonly packet: number;
  /** Set where an attempt's time was up when that packet came: such ends are told before it is looked at. */
  readonly end?: AttemptEnd;
}

/** Ends are told in the order of their deadlines; of those at one time, window by window as they began. */
export interface AttemptEnd {
  /** Whole seconds of the era, as in the table. */
  readonly seconds: number;
  readonly nanoseconds: number;
  readonly windowId: number;
  /** The packet with which the attempt was told of first. */
  readonly since: number;
}

/** What a matcher notes beside its decisions. */
export interface Placing {
  /** Which packet the batch's first row is. */
  readonly firstPacket: number;
  readonly places: Place[];
  /** The packet of each scan that was found. */
  readonly scans: number[];
}

/** As `Array.sort` wants it. Decisions of one packet keep their order. */
export function comparePlaces(one: Place, other: Place): number {
  if (one.packet !== other.packet) return one.packet - other.packet;
  if (one.end === undefined || other.end === undefined) {
    return Number(one.end === undefined) - Number(other.end === undefined);
  }
  return (
    one.end.seconds - other.end.seconds ||
    one.end.nanoseconds - other.end.nanoseconds ||
    one.end.windowId - other.end.windowId ||
    one.end.since - other.end.since
  );
}
