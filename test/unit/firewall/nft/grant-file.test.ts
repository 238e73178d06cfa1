import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Grant } from '../../../../src/firewall/firewall.ts';
import { GrantFile } from '../../../../src/firewall/nft/grant-file.ts';
import { parseAddress } from '../../../../src/tuple/address.ts';
import { door, ports } from '../../../support/door.ts';

const SSH = door('7000', { name: 'ssh', open: [ports('tcp/22'), ports('udp/60000-60010')] });
const DAY = door('7001', { name: 'day', open: [ports('tcp/80')] });

describe('the file of grants', () => {
  let folder: string;
  let path: string;
  let troubles: string[];
  let sleptMs: number;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'postern-grants-'));
    path = join(folder, 'grants');
    troubles = [];
    sleptMs = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const open = (): GrantFile =>
    new GrantFile({ path, makeFolder: () => {}, sleptMs: () => sleptMs }, (why) =>
      troubles.push(why),
    );
  const read = (doors = [SSH, DAY]) => open().read(doors);
  const grant = (id: number, over: Partial<Grant> = {}): Grant => {
    const source = parseAddress(`203.0.113.${id}`)!;
    return {
      id,
      door: SSH,
      source,
      prefix: 32,
      ports: SSH.open,
      untilMs: 1000 * id,
      by: 'knock',
      ...over,
    };
  };
  const none = (): Grant[] => [];

  it('gives back what was put into it, renewed and dropped, and nothing twice', () => {
    const file = open();
    file.begin([grant(1), grant(2), grant(3)]);
    file.put([grant(4, { by: 'uid 0' }), grant(2, { untilMs: 9000 })], none);
    file.drop([grant(3), grant(4)], none);
    const five = grant(5, { door: DAY, ports: DAY.open });
    const six = { id: 6, source: parseAddress('2001:db8::6')!, prefix: 128 };
    file.put([five, grant(6, six), grant(4, { by: 'uid 0' })], none);
    file.close();
    expect(read()).toEqual([
      grant(1),
      grant(2, { untilMs: 9000 }),
      five,
      grant(6, six),
      grant(4, { by: 'uid 0' }),
    ]);
    expect(troubles).toEqual([]);
  });

  it('knows nothing of doors and ports that are no more', () => {
    open().begin([grant(1), grant(5, { door: DAY, ports: DAY.open })]);
    const fewer = { ...SSH, open: [ports('tcp/22'), ports('tcp/23')] };
    expect(read([fewer])).toEqual([grant(1, { door: fewer, ports: [ports('tcp/22')] })]);
    expect(read([{ ...SSH, open: [ports('tcp/24')] }])).toEqual([]);
  });

  it('counts the time that the machine sleeps between, and while the daemon runs', () => {
    const file = open();
    file.begin([grant(9)]);
    sleptMs = 500;
    file.slept(500);
    file.put([grant(8, { untilMs: 7500 })], none); // as the book has it then
    sleptMs = 700;
    expect(read().map(({ untilMs }) => untilMs)).toEqual([8300, 7300]);
  });

  it('is written anew when most of it is over, and then holds what is open alone', () => {
    const file = open();
    file.begin([]);
    const all = [grant(1)];
    for (let nth = 0; nth < 5000; nth++) file.put([grant(1)], () => all);
    expect(readFileSync(path, 'utf8').split('\n').length).toBeLessThan(4200);
    expect(read()).toEqual(all);
  });

  it('is whole again after a write that failed', () => {
    const file = open();
    file.begin([grant(1)]);
    file.close();
    file.put([grant(2)], () => [grant(1), grant(2)]);
    expect(read()).toEqual([grant(1), grant(2)]);
  });

  it('leaves off half a line at its end, which nobody was told of', () => {
    open().begin([grant(1), grant(2)]);
    const text = readFileSync(path, 'utf8');
    for (let length = text.indexOf('\n') + 1; length < text.length; length++) {
      writeFileSync(path, text.slice(0, length));
      expect(read().length).toBe(text.slice(0, length).split('\n').length - 2);
    }
    expect(troubles).toEqual([]);
  });

  it.each<[string, (text: string) => string, string]>([
    ['with a line that is none', (text) => `${text}[1,\n`, 'damaged'],
    ['with another value in a line', (text) => `${text}{"id":1}\n`, 'damaged'],
    ['with a grant that has no end', (text) => text.replace('1000', 'null'), 'damaged'],
    ['with a grant without an address', (text) => text.replace('203.0.113.1', 'x'), 'damaged'],
    ['that begins with something else', (text) => text.replace('grants 1', 'grants 2'), 'no list'],
    ['that is empty', () => '', 'no list'],
  ])('is refused as a whole %s', (_, harm, why) => {
    open().begin([grant(1)]);
    writeFileSync(path, harm(readFileSync(path, 'utf8')));
    expect(read()).toEqual([]);
    expect(troubles).toEqual([expect.stringContaining(why)]);
  });

  it('is refused where others can write it, and where it is a link', () => {
    open().begin([grant(1)]);
    chmodSync(path, 0o620);
    expect(read()).toEqual([]);
    chmodSync(path, 0o600);
    const other = join(folder, 'other');
    symlinkSync(path, other);
    path = other;
    expect(read()).toEqual([]);
    expect(troubles).toEqual([
      expect.stringContaining('can be written by others'),
      expect.stringContaining('ELOOP'),
    ]);
  });

  it.each([
    ['boot', /"[\da-f]{32}"/, `"${'0'.repeat(32)}"`],
    ['network namespace', /,\d+\]/, ',1]'],
  ])('says nothing of another %s', (_, own, other) => {
    open().begin([grant(1)]);
    writeFileSync(path, readFileSync(path, 'utf8').replace(own, other));
    expect(read()).toEqual([]);
    expect(troubles).toEqual([]);
  });

  it('tells of a folder that it can’t write to, and of nothing more', () => {
    path = join(folder, 'none', 'grants');
    const file = open();
    file.begin([grant(1)]);
    expect(troubles).toEqual([
      expect.stringContaining('grants are not kept over a restart: ENOENT'),
    ]);
    expect(read()).toEqual([]);
    file.remove();
    expect(troubles).toHaveLength(1);
  });
});
