import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Door } from '../../../../src/door/door.ts';
import { drawTable } from '../../../../src/firewall/nft/draw-table.ts';
import { printTable } from '../../../../src/firewall/nft/print.ts';
import { parseAddress } from '../../../../src/tuple/address.ts';
import { door, ports } from '../../../support/door.ts';

const draw = (doors: readonly Door[], over: Partial<Parameters<typeof drawTable>[1]> = {}) =>
  drawTable(doors, {
    trusted: [],
    guardInterfaces: [],
    maxGrants: 15_000,
    isPublished: false,
    ...over,
  });
const lines = (doors: readonly Door[], over = {}) =>
  printTable(draw(doors, over).table)
    .split('\n')
    .map((line) => line.trim());

describe('the drawing of the table', () => {
  it('is what docs/nftables.md shows', () => {
    const manual = readFileSync(join(import.meta.dirname, '../../../../docs/nftables.md'), 'utf8');
    const [, shown] = /```nft\n([^`]*)```/.exec(manual)!;
    const trusted = [{ address: parseAddress('192.0.2.0')!, prefix: 24 }];
    const doors = [
      door('7000', { name: 'ssh', open: [ports('tcp/22')] }),
      door('7001', { name: 'mosh', open: [ports('udp/60000-61000')], openPrefix6: 64 }),
    ];
    expect(printTable(draw(doors, { trusted, maxGrants: 65_536 }).table)).toBe(shown);
  });

  it('tests a few ports one by one, and more of them in a set', () => {
    const four = ['tcp/1', 'tcp/2', 'tcp/3', 'tcp/4'].map(ports);
    expect(lines([door('7000', { open: four })])).toContain(
      'tcp dport 4 goto tcp_door comment "guards tcp/4"',
    );
    const five = lines([door('7000', { open: [...four, ports('tcp/5'), ports('udp/6')] })]);
    expect(five).toContain('tcp dport @guarded_tcp goto tcp_door');
    expect(five).toContain('elements = { 1, 2, 3, 4, 5 }');
    expect(five).toContain('udp dport 6 goto udp_door comment "guards udp/6"');
  });

  it('goes on guarding what no door guards any more, with no way in but a lifted guard', () => {
    const text = printTable(
      draw([door('7000', { open: [ports('tcp/22')] })], {
        stillGuarded: [ports('tcp/80'), ports('udp/100-200')].map((each) => ({
          ...each,
          isCut: false,
        })),
      }).table,
    )
      .split('\n')
      .map((line) => line.trim());
    expect(text).toContain('tcp dport 80 goto tcp_door comment "guards tcp/80"');
    expect(text).toContain('udp dport 100-200 goto udp_100_200 comment "guards udp/100-200"');
    const from = text.indexOf('chain udp_100_200 {');
    expect(text.slice(from + 1, from + 3)).toEqual(['goto udp_door', '}']);
    expect(text[text.indexOf('counter drop') - 1]).toBe('meta l4proto . th dport @lifted accept');
  });

  it('stands before address translation only if ports are published', () => {
    const ssh = [door('7000', { open: [ports('tcp/22')] })];
    expect(lines(ssh).join()).not.toContain('prerouting');
    const published = lines(ssh, { isPublished: true });
    expect(published).toContain('tcp dport 22 fib daddr type local goto tcp_door');
  });

  it('has no chain where nothing is guarded, but the sets', () => {
    const { table } = draw([door('7000', { open: [ports('tcp/22')], guard: false })]);
    expect(table.chains).toEqual([]);
    expect(table.sets.map(({ name }) => name)).toEqual(['open4', 'open6']);
  });

  it('joins guarded ranges that overlap into one chain that knows each of them', () => {
    const text = lines([
      door('7000', { open: [ports('udp/100-200'), ports('udp/150')] }),
      door('7001', { open: [ports('udp/180-300')] }),
    ]);
    expect(text.filter((line) => line.includes('goto udp_100_300'))).toEqual([
      'udp dport 100-300 goto udp_100_300 comment "guards udp/100-300"',
    ]);
    expect(text).toContain('udp dport 100-200 ip saddr @open4_udp_100_200 accept');
    expect(text).toContain('udp dport 180-300 ip saddr @open4_udp_180_300 accept');
    expect(text.join()).not.toContain('udp dport 150 goto');
  });

  it('lets a range that is open without a guard reach a port that another door guards', () => {
    const text = lines([
      door('7000', { open: [ports('tcp/8000-9000')], guard: false }),
      door('7001', { open: [ports('tcp/8080')] }),
    ]);
    expect(text).toContain('tcp dport 8000-9000 ip saddr @open4_tcp_8000_9000 accept');
    expect(text).not.toContain('tcp dport 8000-9000 goto tcp_8000_9000');
  });

  it('keeps a sixteenth of each set for grants by hand', () => {
    const { grantSets } = draw([door('7000', { open: [ports('tcp/22'), ports('tcp/23')] })]);
    expect(grantSets.map(({ size }) => size)).toEqual([32_000, 32_000]);
  });

  it('names the doors whose grants are the same element', () => {
    const a = door('7000', { name: 'a', open: [ports('tcp/22'), ports('tcp/22')] });
    const b = door('7001', { name: 'b', open: [ports('tcp/23'), ports('tcp/22')] });
    const wide = door('7002', { name: 'wide', open: [ports('tcp/22')], openPrefix6: 64 });
    const { targets } = draw([a, b, wide]);
    expect(targets.get(a)!.ipv4).toHaveLength(1);
    expect(targets.get(a)!.ipv4[0]!.sharers).toEqual([b, wide]);
    expect(targets.get(a)!.ipv6[0]!.sharers).toEqual([b]);
    expect(targets.get(b)!.ipv4.map(({ sharers }) => sharers.length)).toEqual([0, 2]);
  });
});
