import { describe, expect, it } from 'vitest';
import { linkReportText, type LinkReport } from '../../../src/daemon/link-report.ts';
import { CaptureError } from '../../../src/source/capture-error.ts';
import type { LinkState } from '../../../src/source/link-event.ts';
import { parseAddress } from '../../../src/tuple/address.ts';

const up: LinkState = { kind: 'heard', index: 2, isUp: true };
const down: LinkState = { ...up, isUp: false };
const missing: LinkState = {
  kind: 'missing',
  error: new CaptureError('CAPTURE_NO_INTERFACE', 'srv0', 'no such interface. See: ip -br link'),
};
const failed: LinkState = {
  kind: 'failed',
  error: new CaptureError('CAPTURE_FAILED', 'srv0', 'no memory for the ring; fewer slots may do'),
};

describe('what is said of links', () => {
  const rows: [string, LinkState | undefined, LinkState][] = [
    ['waiting for srv0: no such interface yet. See: ip -br link', undefined, missing],
    ['srv0 is gone: waiting for it', up, missing],
    ['waiting for srv0: no memory for the ring; fewer slots may do', missing, failed],
    ['not listening on srv0: br0 hears all of its packets, too', up, { kind: 'spared', by: 'br0' }],
    ['srv0 is down', up, down],
    ['srv0 is up', down, up],
    ['srv0 is down', undefined, down],
    ['listening on srv0 now', missing, up],
    ['listening on srv0 now, which is down', missing, down],
    ['listening on srv0 now', up, { ...up, index: 7 }],
  ];
  it.each(rows)('%s', (text, before, now) => {
    const event = { interface: 'srv0', before, now };
    expect(linkReportText({ kind: 'interface', event })).toBe(text);
  });

  it('names addresses that came and went', () => {
    const [one, other] = ['192.0.2.1', '2001:db8::1'].map((text) => parseAddress(text)!);
    const told = (report: Omit<LinkReport & { kind: 'addresses' }, 'kind'>): string =>
      linkReportText({ kind: 'addresses', ...report });
    expect(told({ added: [one!, other!], removed: [] })).toBe(
      'own addresses, new: 192.0.2.1 2001:db8::1',
    );
    expect(told({ added: [one!], removed: [other!] })).toBe(
      'own addresses, new: 192.0.2.1, gone: 2001:db8::1',
    );
  });
});
