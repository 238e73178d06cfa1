import type { LinkEvent } from '../source/link-event.ts';
import { formatAddress, type Address } from '../tuple/address.ts';

/** What the daemon tells of the links it listens on. */
export type LinkReport =
  | { readonly kind: 'interface'; readonly event: LinkEvent }
  /** The interface of the default route, which is listened on since nobody has named one. */
  | { readonly kind: 'route'; readonly interface: string }
  /** The host's own addresses, which doors without a target listen for. */
  | {
      readonly kind: 'addresses';
      readonly added: readonly Address[];
      readonly removed: readonly Address[];
    };

/** Whether it belongs into a log: addresses come and go with their link, which is told of. */
export function isWorthKeeping({ kind }: LinkReport): boolean {
  return kind !== 'addresses';
}

export function linkReportText(report: LinkReport): string {
  switch (report.kind) {
    case 'interface':
      return interfaceText(report.event);
    case 'route':
      return `the default route goes by ${report.interface} now: listening there`;
    case 'addresses':
      return ['own addresses', listText('new', report.added), listText('gone', report.removed)]
        .filter((part) => part !== '')
        .join(', ');
  }
}

/** As fields of a JSON line, whose `event` is its kind. */
export function linkReportFields(report: LinkReport): object {
  switch (report.kind) {
    case 'interface':
      return interfaceFields(report.event);
    case 'route':
      return { interface: report.interface };
    case 'addresses':
      return {
        added: report.added.map(formatAddress),
        removed: report.removed.map(formatAddress),
      };
  }
}

function interfaceText({ interface: name, before, now }: LinkEvent): string {
  switch (now.kind) {
    case 'missing':
      return before === undefined
        ? `waiting for ${name}: no such interface yet. See: ip -br link`
        : `${name} is gone: waiting for it`;
    case 'failed':
      return `waiting for ${now.error.message}`;
    case 'spared':
      return `not listening on ${name}: ${now.by} hears all of its packets, too`;
    case 'heard': {
      const isOther =
        before !== undefined && (before.kind !== 'heard' || before.index !== now.index);
      if (isOther) return `listening on ${name} now${now.isUp ? '' : ', which is down'}`;
      return `${name} is ${now.isUp ? 'up' : 'down'}`;
    }
  }
}

function interfaceFields({ interface: name, now }: LinkEvent): object {
  switch (now.kind) {
    case 'missing':
      return { interface: name, state: 'missing' };
    case 'failed':
      return { interface: name, state: 'failed', reason: now.error.message };
    case 'spared':
      return { interface: name, state: 'spared', by: now.by };
    case 'heard':
      return { interface: name, state: now.isUp ? 'up' : 'down', index: now.index };
  }
}

function listText(word: string, addresses: readonly Address[]): string {
  return addresses.length === 0 ? '' : `${word}: ${addresses.map(formatAddress).join(' ')}`;
}
