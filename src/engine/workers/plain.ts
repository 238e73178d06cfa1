import type { Door } from '../../door/door.ts';
import { BlockedSources } from '../../matcher/blocked-sources.ts';
import type { Decision } from '../../matcher/decision.ts';
import { CaptureError } from '../../source/capture-error.ts';
import type { LinkEvent, LinkState } from '../../source/link-event.ts';
import { AddressRanges } from '../../tuple/address-ranges.ts';
import type {
  PlainBlocked,
  PlainDecision,
  PlainError,
  PlainLinkEvent,
  PlainRanges,
} from './messages.ts';

/** What crosses from one thread to another is plain; here it becomes so, and what it was again. */
export function plainDecision(
  decision: Decision,
  doorAt: ReadonlyMap<Door, number>,
): PlainDecision {
  return { ...decision, door: doorAt.get(decision.door)! };
}

/** `door` is the one that its number stands for. */
export function decisionOf(plain: PlainDecision, door: Door): Decision {
  return { ...plain, door } as Decision;
}

export function plainBlocked({ blocked, exempt }: BlockedSources): PlainBlocked {
  return { blocked: blocked.map(plainRanges), exempt: exempt.map(plainRanges) };
}

export function blockedOf({ blocked, exempt }: PlainBlocked): BlockedSources {
  return new BlockedSources(blocked.map(rangesOf), exempt.map(rangesOf));
}

export function plainError(error: unknown): PlainError {
  if (!(error instanceof CaptureError)) {
    const { message } = error as Error;
    return { code: undefined, input: '', reason: message, offset: undefined };
  }
  const { code, input, reason, offset } = error;
  return { code, input, reason, offset };
}

export function errorOf({ code, input, reason, offset }: PlainError): Error {
  if (code === undefined) return new Error(reason);
  return new CaptureError(code, input, reason, offset === undefined ? {} : { offset });
}

export function plainLinkEvent({ interface: name, before, now }: LinkEvent): PlainLinkEvent {
  const plainState = (state: LinkState): PlainLinkEvent['now'] =>
    'error' in state ? { ...state, error: plainError(state.error) } : state;
  return { interface: name, before: before && plainState(before), now: plainState(now) };
}

export function linkEventOf({ interface: name, before, now }: PlainLinkEvent): LinkEvent {
  const stateOf = (state: PlainLinkEvent['now']): LinkState =>
    'error' in state ? { ...state, error: errorOf(state.error) as CaptureError } : state;
  return { interface: name, before: before && stateOf(before), now: stateOf(now) };
}

function plainRanges({ ipv4, ipv6 }: AddressRanges): PlainRanges {
  return { ipv4, ipv6 };
}

function rangesOf({ ipv4, ipv6 }: PlainRanges): AddressRanges {
  return new AddressRanges(ipv4, ipv6);
}
