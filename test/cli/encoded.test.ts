import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { pcap } from '../support/capture.ts';
import { Folder, jsonLines, knockClient, postern } from '../support/cli.ts';
import { frame } from '../support/frame.ts';
import { NOW, sealedDoor, sealedPorts } from '../support/sealed.ts';

const ME = '203.0.113.9';
const KEY = '07'.repeat(32);

describe('encoded knocks on the command line', () => {
  const folder = new Folder();
  afterAll(() => folder[Symbol.dispose]());
  const keys = folder.write('keys', `alice ${KEY}\n`);
  const secret = folder.write('secret', `${'3a'.repeat(20)}\n`);
  const doors = folder.write(
    'doors.conf',
    `[ssh]
encoded = sealed
span = 40000-40255
keys = ${keys}
open = tcp/22
[web]
sequence = totp(${secret}, 4 ports in 20000-59999)
open = tcp/443
[mail]
sequence = totp(${secret}, 4 ports in 20000-59999)
carrier = udp
open = tcp/25
`,
  );
  const clientDoors = folder.write(
    'doors',
    `[ssh]\nhost = 127.0.0.1\nencoded = sealed\nspan = 40000-40255\nkey = ${KEY}\n`,
  );

  it('are decided by a replay as they would have been live: opened once, then replayed', () => {
    const ports = sealedPorts(sealedDoor());
    const packets = [...ports, ...ports].map((port, nth) => ({
      bytes: frame({ from: ME, to: '192.0.2.1', tcp: { to: port, flags: 2 } }),
      seconds: NOW,
      nanoseconds: nth * 1e6,
    }));
    const capture = folder.write('knocks.pcap', pcap(packets));
    const { stdout, status } = postern(['replay', capture, '-c', doors, '--json']);
    expect(status).toBe(0);
    const events = jsonLines(stdout).map(({ event, reason }) => [event, reason]);
    expect(events).toEqual([
      ['open', undefined],
      ['refuse', 'replayed'],
      ['summary', undefined],
    ]);
  });

  it('are described by check', () => {
    const { stdout } = postern(['check', '-c', doors]);
    expect(stdout).toContain('door "ssh": its sealed knock is 64 packets on 256 ports of tcp');
    expect(stdout).toContain('door "web": its code is 4 of 40000 ports of tcp');
    const first = `span = 40000-41023\npassphrase = ${folder.write('pass', 'password\n')}\n`;
    const old = folder.write(
      'old.conf',
      `[old]\nencoded = fields(client, port, time, flags)\n${first}`,
    );
    expect(postern(['check', '-c', old]).stdout).toContain(
      'door "old": its legacy knock is 13 packets on 1024 ports of tcp',
    );
  });

  it('of a door with codes are printed for any client', () => {
    const { stdout } = postern(['code', 'web', '-c', doors, '--counter', '1']);
    expect(stdout).toMatch(/^2\d{4} 3\d{4} 4\d{4} 5\d{4}\n$/);
    const udp = postern(['code', 'mail', '-c', doors]).stdout;
    expect(udp).toMatch(/^(\d{5}:udp ){3}\d{5}:udp\n$/);
    for (const name of ['ssh', 'nosuch']) {
      expect(postern(['code', name, '-c', doors]).status).toBe(1);
    }
    expect(postern(['code', 'web', '-c', doors, '--counter', 'x']).status).toBe(2);
  });

  it('are explained by knock --test, and nothing is sent', () => {
    const line = ['--doors', clientDoors, '--encode', 'ssh', '--for', '5m', '--test'];
    const { stdout, status } = knockClient(line);
    const [first, ...fields] = stdout.trimEnd().split('\n');
    expect(status).toBe(0);
    expect(first!.split(' ')).toHaveLength(65);
    expect(fields.map((field) => field.split(/ {2,}/)[0])).toEqual([
      'door',
      'time',
      'salt',
      'asks for',
      'address',
      'on the span',
    ]);
    expect(stdout).toContain('open for 300 s');
    expect(knockClient(line).stdout).not.toBe(stdout);
  });

  it.each([
    ['a door of single addresses', '', 'refuse', 'too wide'],
    ['a door of such networks', 'open_prefix4 = 24\n', 'open', undefined],
    ['a door of wider networks', 'open_prefix4 = 16\n', 'open', undefined],
    ['a door of narrower networks', 'open_prefix4 = 28\n', 'refuse', 'too wide'],
  ])('ask for a network, and %s decides', (_, line, event, reason) => {
    const shut = `encoded = sealed\nspan = 40000-40255\nkeys = ${keys}\nopen = tcp/22\n`;
    const file = folder.write('prefix.conf', `[ssh]\n${shut}${line}`);
    const log = join(folder.path, `prefix-${event}-${line.trim()}.log`);
    const asked = ['--doors', clientDoors, '--encode', 'ssh', '--prefix', '24', '--to-log', log];
    expect(knockClient(asked).status).toBe(0);
    const [first] = jsonLines(postern(['replay', log, '-c', file, '--json', '--trust']).stdout);
    expect(first).toMatchObject({ event, ...(reason === undefined ? {} : { reason }) });
  });

  it('say the network that they ask for', () => {
    const line = ['--doors', clientDoors, '--encode', 'ssh', '--prefix', '24', '--test'];
    expect(knockClient(line).stdout).toMatch(/^ *prefix +a network of \/24$/m);
    const { status, stderr } = knockClient([...line.slice(0, -2), '64']);
    expect([status, stderr]).toEqual([
      1,
      `${clientDoors}: door "ssh" has no addresses with so long a prefix\n`,
    ]);
  });

  it.each([
    ['iptables', / kernel: postern: IN=lo .* SRC=127.0.0.1 DST=127.0.0.1 .* DPT=(\d+) .* SYN /],
    ['nftables', / kernel: postern: IN=lo .* SRC=127.0.0.1 DST=127.0.0.1 .* DPT=(\d+) .* SYN /],
    ['ipchains', / kernel: Packet log: input DENY lo PROTO=6 127.0.0.1:\d+ 127.0.0.1:(\d+) L=60 /],
  ])('are written as lines of %s in place of packets', (format, shape) => {
    const file = join(folder.path, `log.${format}`);
    const { status } = knockClient(['--to-log', file, '--format', format, '127.0.0.1', '7', '8']);
    expect(status).toBe(0);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => shape.exec(line)?.[1])).toEqual(['7', '8']);
  });

  it.each([
    ['iptables', /LEN=(\d+) .* PROTO=ICMP TYPE=8 CODE=0 /],
    ['ipchains', /PROTO=1 127.0.0.1:8 127.0.0.1:0 L=(\d+) /],
  ])('that come by pings are lines of %s with their lengths', (format, shape) => {
    const pings = `encoded = sealed\nspan = 100-355\ncarrier = icmp\nkey = ${KEY}\n`;
    const file = folder.write('pinging', `[ssh]\nhost = 127.0.0.1\n${pings}`);
    const log = join(folder.path, `pings.${format}`);
    knockClient(['--doors', file, '--encode', 'ssh', '--to-log', log, '--format', format]);
    const lengths = readFileSync(log, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => shape.exec(line)?.[1]);
    expect(lengths).toHaveLength(64);
    for (const [place, length] of lengths.entries()) {
      expect(Math.floor((Number(length) - 128) / 4)).toBe(place);
    }
  });

  it('lack what the door file does not say', () => {
    const bare = folder.write('bare', '[ssh]\nhost = 127.0.0.1\nencoded = sealed\n');
    const { status, stderr } = knockClient(['--doors', bare, '--encode', 'ssh']);
    expect([status, stderr]).toEqual([1, `${bare}: door "ssh" has no key\n`]);
  });

  it.each([
    ['--format', 'xml'],
    ['--for', 'ever'],
    ['--client', 'me'],
    ['--prefix', '129'],
  ])('can’t be asked for with %s %s', (flag, value) => {
    const { status, stderr } = knockClient([flag, value, '127.0.0.1', '1']);
    expect(status).toBe(1);
    expect(stderr).toContain(flag);
  });

  describe('of the first system', () => {
    const passphrase = folder.write('phrase', 'password\n');
    const span = `span = 40000-40255\npassphrase = ${passphrase}\n`;
    const fields = 'client, port=3306, flag0=5, checksum';
    const client = folder.write(
      'old-doors',
      `[db]\nhost = 127.0.0.1\nencoded = legacy(${fields})\n${span}` +
        `[iv]\nhost = 127.0.0.1\nencoded = legacy(client, time)\nlegacy = iv=36574210, header=yes\n${span}` +
        '[code]\nhost = 127.0.0.1\n' +
        `sequence = totp(${secret}, 4 ports in 20000-59999)\n`,
    );
    const knockOld = (...args: string[]): ReturnType<typeof knockClient> =>
      knockClient(['--doors', client, '--encode', ...args]);

    it('are sent as the worked vector V1 has them, and explained', () => {
      const { stdout } = knockOld('db', '--test', '--client', '10.3.2.1');
      const V1 = [211, 178, 33, 85, 41, 89, 212, 33, 11, 232, 136, 77, 178, 155, 86, 12];
      const [first, ...rows] = stdout.trimEnd().split('\n');
      expect(first).toBe(`127.0.0.1 ${V1.map((offset) => 40_000 + offset).join(' ')}`);
      expect(rows).toContain('port         3306, sent as 0cea');
    });

    it('open their door', () => {
      const log = folder.write('old.log', '');
      expect(knockOld('db', '--to-log', log).status).toBe(0);
      const doors = folder.write(
        'db.conf',
        `[db]\nencoded = legacy(client, port, flag0, checksum)\n${span}open = tcp/3306\n`,
      );
      const { stdout } = postern(['replay', log, '-c', doors]);
      expect(stdout).toContain('opened tcp/3306 for 30 s');
    });

    it('say a time where they have a field for it', () => {
      expect(knockOld('iv', '--test', '--for', '90').stdout).toContain('2 minutes, sent as 02');
      expect(knockOld('iv', '--test').stdout).toContain('the vector 36574210 in front');
    });

    it.each([
      [['db', '--for', '5m'], 'has no field time, which --for is for'],
      [['db', '--close'], 'has no sealed knocks, which --close is for'],
      [['code', '--close'], 'has no sealed knocks, which --close is for'],
      [['code', '--for', '5m'], 'has no sealed knocks, which --for is for'],
      [['db', '--client', '2001:db8::9'], 'has no room for an address of IPv6'],
    ])('and codes can’t say all: %j', (args, why) => {
      const { status, stderr } = knockOld(...args, '--test');
      expect([status, stderr]).toEqual([1, expect.stringContaining(why)]);
    });
  });

  it('of the first system are calibrated by one of them', () => {
    const passphrase = folder.write('passphrase', 'password\n');
    const ports = [846, 802, 85, 297, 359, 322, 66, 1000, 545, 219, 166, 854, 48];
    const { stdout, status } = postern([
      'calibrate',
      ports.map((port) => port + 40_000).join(','),
      '--span',
      '40000-41023',
      '--fields',
      'client=10.3.2.1,port=3306,flag0=5,checksum',
      '--passphrase',
      passphrase,
    ]);
    expect(status).toBe(0);
    expect(stdout).toBe(
      `encoded = legacy(client, port, flag0, checksum)\nspan = 40000-41023\npassphrase = ${passphrase}\n` +
        'legacy = cipher=blowfish, header=no, port=big, checksum=bytes, bits=msb, hashed=yes\n',
    );
    const door = folder.write('legacy.conf', `[db]\nopen = tcp/3306\n${stdout}`);
    expect(postern(['check', '-c', door]).stdout).toContain('Loadable.');
  });
});
