import { effectText, type Effect } from '../door/action.ts';
import type { Decision } from '../matcher/decision.ts';
import type { Scan } from '../matcher/scan-watch.ts';
import { formatAddress } from '../tuple/address.ts';
import type { Grant, Opening, Outcome } from '../firewall/firewall.ts';
import { stamp, type Event, type Instant } from '../report/event.ts';

/** What the matcher decided, as an event of this time. An `open` decision is a match: it opens nothing by itself. */
export function decisionEvent(decision: Decision, at: Instant): Event {
  const base = {
    door: decision.door.name,
    source: formatAddress(decision.source),
    ...stamp(at),
  };
  switch (decision.kind) {
    case 'stage':
      return { ...base, event: 'stage', stage: decision.stage };
    case 'open':
      return { ...base, event: 'match', ...wishOf(decision) };
    case 'timeout':
      return { ...base, event: 'timeout', stage: decision.stage };
    case 'refuse':
      return { ...base, event: 'refuse', reason: decision.reason };
  }
}

function wishOf({ door, ticket }: Decision & { kind: 'open' }): { readonly asksFor?: string } {
  switch (ticket?.action) {
    case 'close':
      return { asksFor: 'the door to close' };
    case 'offer':
      return { asksFor: `action ${door.offers?.[ticket.offer!]?.name}` };
    default:
      return {};
  }
}

/** A source that was found to scan. */
export function scanEvent({ kind, source, rate }: Scan, at: Instant): Event {
  return {
    event: 'scan',
    source: formatAddress(source),
    why: kind,
    count: rate.count,
    withinSeconds: rate.seconds,
    ...stamp(at),
  };
}

/** What the firewall made of an opening that was asked for at a time. */
export function outcomeEvent(opening: Opening, at: Instant, outcome: Outcome): Event {
  const { door, source, openForMs } = opening;
  const base = { door: door.name, source: formatAddress(source), ...stamp(at) };
  if (outcome.kind === 'refused') {
    const detail = outcome.error === undefined ? '' : ` (${outcome.error.message})`;
    return { ...base, event: 'refuse', reason: `${outcome.reason}${detail}` };
  }
  return {
    ...base,
    event: 'open',
    ports: outcome.grant.ports,
    openForSeconds: door.holds === true ? door.openForSeconds : openForMs / 1000,
    renewed: outcome.renewed,
    ...(outcome.renewed && !door.renews && opening.by === undefined ? { isKept: true } : {}),
    ...(door.holds === true ? { isHeld: true as const } : {}),
    ...(opening.by === undefined ? {} : { by: opening.by }),
  };
}

/** A match that came to nothing before any firewall was asked. */
export function refusalEvent(match: Decision, at: Instant, reason: string): Event {
  const base = { door: match.door.name, source: formatAddress(match.source), ...stamp(at) };
  return { ...base, event: 'refuse', reason };
}

export type ActionState = Extract<Event, { event: 'action' }>['state'];

/** What became of an action. */
export function actionEvent(
  { door, action, source }: { door: string; action: string; source: string },
  at: Instant,
  state: ActionState,
  effect: Effect | undefined,
  detail?: string,
): Event {
  return {
    door,
    source,
    ...stamp(at),
    event: 'action',
    action,
    state,
    ...(effect === undefined ? {} : { does: effectText(effect) }),
    ...(detail === undefined ? {} : { detail }),
  };
}

/** The end of a grant. */
export function closeEvent(grant: Grant, at: Instant, reason: 'time' | 'revoked' = 'time'): Event {
  return {
    door: grant.door.name,
    source: formatAddress(grant.source),
    ...stamp(at),
    event: 'close',
    reason,
  };
}
