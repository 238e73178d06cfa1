import { describe, expect, it } from 'vitest';
import { IgnoredSources } from '../../../src/matcher/ignored-sources.ts';
import { PacketClock } from '../../../src/matcher/packet-clock.ts';
import { parseAddress } from '../../../src/tuple/address.ts';
import { batchOf } from '../../support/tuples.ts';

const address = (text: string): NonNullable<ReturnType<typeof parseAddress>> => parseAddress(text)!;

/** Whether packets of these sources are ignored at a time. */
function asked(ignored: IgnoredSources, clock: PacketClock, at: number, from: string): boolean {
  clock.see(at, 0);
  return ignored.has(batchOf([{ tcp: 7000, at, from }]), 0);
}

describe('ignored sources', () => {
  it('are ignored for their time and heard again after it, each by itself', () => {
    const clock = new PacketClock();
    clock.see(1000, 0);
    const ignored = new IgnoredSources(clock);
    ignored.add(address('203.0.113.9'), 10);
    ignored.add(address('203.0.113.10'), 60);
    expect(asked(ignored, clock, 1009, '203.0.113.9')).toBe(true);
    expect(asked(ignored, clock, 1010, '203.0.113.9')).toBe(false);
    expect(asked(ignored, clock, 1010, '203.0.113.10')).toBe(true);
    expect(asked(ignored, clock, 1010, '203.0.113.11')).toBe(false);
  });

  it('are all forgotten by the first packet behind the last of their times, whoever sends it', () => {
    const clock = new PacketClock();
    clock.see(1000, 0);
    const ignored = new IgnoredSources(clock);
    ignored.add(address('203.0.113.9'), 10);
    ignored.add(address('2001:db8::9'), 20);
    expect(ignored.size).toBe(2);
    expect(asked(ignored, clock, 1020, '198.51.100.1')).toBe(false);
    expect(ignored.size).toBe(0);
  });

  it('are none before the first packet, which has the time', () => {
    const ignored = new IgnoredSources(new PacketClock());
    ignored.add(address('203.0.113.9'), 10);
    expect(ignored.size).toBe(0);
  });
});
