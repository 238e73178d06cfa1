import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  defaultDoorFile,
  parseClientDoors,
  readClientDoor,
} from '../../../src/client/door-file.ts';

const TEXT = `
# what I may enter
[home]
    host     = gw.example.net
    sequence = 41187, 5023:udp
    delay    = 20
    family   = both
    wait     = 22
[bare]
    Host = 192.0.2.1
    sequence = 1
    source = 192.0.2.7
    family = 6
`;

const folder = mkdtempSync(join(tmpdir(), 'postern-doors-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a door file of the client', () => {
  it('says where and how to knock', () => {
    expect(parseClientDoors(TEXT, 'doors').get('home')).toEqual({
      host: 'gw.example.net',
      steps: [
        { protocol: 'tcp', port: 41187 },
        { protocol: 'udp', port: 5023 },
      ],
      delayMs: 20,
      family: 'both',
      waitPort: 22,
    });
    expect(parseClientDoors(TEXT, 'doors').get('bare')).toMatchObject({
      host: '192.0.2.1',
      family: 6,
      source: '192.0.2.7',
    });
  });

  it.each([
    ['a directive before any door', 'host = a', 'doors:1:1:'],
    ['a line that says nothing', '[a]\nhost', 'doors:2:1:'],
    ['a name that is no directive', '[a]\nhots = b', 'did you mean host?'],
    ['a name of every object', '[a]\nconstructor = b', 'doors:2:1:'],
    ['a port that is none', '[a]\nsequence = 70000', 'doors:2:12:'],
    ['a port that 0.8 would take', '[a]\nsequence = 7000abc', 'doors:2:12:'],
    ['a protocol that is none', '[a]\nsequence = 7:icmp', 'doors:2:14:'],
    ['a delay that is none', '[a]\ndelay = soon', 'doors:2:9:'],
    ['a family that is none', '[a]\nfamily = 5', 'doors:2:10:'],
    ['a source that is no address', '[a]\nsource = eth0', 'doors:2:10:'],
    ['a port to wait for that is none', '[a]\nwait = 0', 'doors:2:8:'],
    ['one name twice', '[a]\nhost = b\n[a]', 'doors:3:2:'],
    ['an empty host', '[a]\nhost =', 'no host'],
  ])('is refused for %s, with the place', (_, text, said) => {
    expect(() => parseClientDoors(text, 'doors')).toThrow(said);
  });

  it('is refused while others may read it', () => {
    const path = join(folder, 'doors');
    writeFileSync(path, TEXT);
    for (const mode of [0o644, 0o640, 0o604, 0o620]) {
      chmodSync(path, mode);
      expect(() => readClientDoor(path, 'home')).toThrow(/chmod 600/);
    }
    chmodSync(path, 0o600);
    expect(readClientDoor(path, 'home').waitPort).toBe(22);
    expect(() => readClientDoor(path, 'hme')).toThrow(/did you mean home/);
    expect(() => readClientDoor(join(folder, 'none'), 'home')).toThrow(/No such file/);
  });

  it('lies where the desktop keeps settings', () => {
    expect(defaultDoorFile({ XDG_CONFIG_HOME: '/x' })).toBe('/x/postern/doors');
    expect(defaultDoorFile({ XDG_CONFIG_HOME: '' })).toMatch(/\/\.config\/postern\/doors$/);
  });
});
