import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { advise } from '../../../src/config/advice.ts';
import { parseConfiguration, type Loaded } from '../../../src/config/load.ts';
import { compileDoors } from '../../../src/matcher/compile-doors.ts';

const folder = mkdtempSync(join(tmpdir(), 'postern-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

function secret(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const KEYS = secret('keys', `alice ${'0a'.repeat(32)} # her laptop\n\nbob ${'0b'.repeat(32)}\n`);
const SECRET = secret('secret', 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n');
const PASSPHRASE = secret('passphrase', 'password\n');

function load(lines: string, options = ''): Loaded {
  return parseConfiguration(`[options]\n${options}\n[ssh]\n${lines}\nopen = tcp/22\n`, 'f');
}

function codes(loaded: Loaded): string[] {
  return loaded.problems.map(({ severity, code }) => `${severity} ${code}`);
}

describe('a door with an encoded knock', () => {
  it('is sealed, on a span, with a key for each client', () => {
    const { configuration, problems } = load(
      `encoded = sealed\nspan = 40000-40255, 50000\nkeys = ${KEYS}\nopen_for = 45s`,
    );
    expect(problems).toEqual([]);
    const [door] = configuration!.doors;
    expect(door).toMatchObject({ steps: [], flags: { mask: 0x12, value: 2 } });
    expect(door!.encoded).toEqual({
      kind: 'sealed',
      carrier: 'tcp',
      span: [
        { from: 40_000, to: 40_255 },
        { from: 50_000, to: 50_000 },
      ],
      maxQueues: 65_536,
      keyFile: KEYS,
      windowSeconds: 30,
      address: 'agree',
      longestSeconds: 45,
    });
  });

  it.each([
    ['totp', 1],
    ['hotp', 10],
  ])('is a sequence of %s', (kind, drift) => {
    const { configuration, problems } = load(
      `sequence = ${kind}(${SECRET}, 4 ports in 20000-59999)\ncarrier = udp`,
    );
    expect(problems).toEqual([]);
    const { encoded } = configuration!.doors[0]!;
    expect(encoded).toMatchObject({ kind, drift, carrier: 'udp', ports: 4, secretFile: SECRET });
  });

  it.each([
    ['sequence = 7001,7002\nspan = 40000-40255', 'span means nothing for a sequence of ports'],
    [`sequence = 7001,7002\nkeys = ${KEYS}`, 'keys means nothing for a sequence of ports'],
    [
      `encoded = sealed\nspan = 40000-40255\nkeys = ${KEYS}\ncode_period = 30s`,
      'code_period means nothing for a sealed knock',
    ],
    [
      `sequence = totp(${SECRET}, 4 ports in 20000-59999)\nknock_address = stated`,
      'knock_address means nothing for a code',
    ],
  ])('is warned of what it has no use for: %s', (lines, message) => {
    const { problems, configuration } = load(lines);
    expect(configuration).toBeDefined();
    expect(problems.map((each) => [each.severity, each.message])).toEqual([['warning', message]]);
  });

  it('may come by pings of sizes that need no fragments', () => {
    const pings = `encoded = sealed\nkeys = ${KEYS}\ncarrier = icmp\n`;
    expect(load(`${pings}span = 100-355`).problems).toEqual([]);
    expect(codes(load(`${pings}span = 1300-1555`))).toEqual(['error CONFIG_OUT_OF_RANGE']);
    const code = `sequence = totp(${SECRET}, 5 ports in 1-1453)\ncarrier = icmp`;
    expect(codes(load(code))).toEqual(['error CONFIG_OUT_OF_RANGE']);
  });

  it('is a legacy one only with a warning', () => {
    const loaded = load(
      `encoded = legacy(client, port, flag0, checksum)\nspan = 40000-40255\npassphrase = ${PASSPHRASE}\nlegacy = iv=36574210, header=yes, port=little`,
    );
    expect(codes(loaded)).toEqual(['warning CONFIG_ENCODED']);
    expect(loaded.configuration!.doors[0]!.encoded).toMatchObject({
      kind: 'legacy',
      profile: {
        fields: ['client', 'port', 'flag0', 'checksum'],
        cipher: 'blowfish',
        iv: '36574210',
        hasHeader: true,
        portWidth: 'little',
        checksum: 'bytes',
      },
    });
  });

  const sealed = `encoded = sealed\nkeys = ${KEYS}\n`;
  it.each([
    ['no span', sealed, 'CONFIG_ENCODED'],
    ['no keys', 'encoded = sealed\nspan = 1-256', 'CONFIG_ENCODED'],
    ['too small a span', `${sealed}span = 40000-40254`, 'CONFIG_ENCODED'],
    [
      'one too small for its address',
      `${sealed}span = 40000-40255\nknock_address = stated`,
      'CONFIG_ENCODED',
    ],
    ['a port twice in its span', `${sealed}span = 40000-40255, 40100`, 'CONFIG_INVALID_PORT'],
    ['a span that runs backwards', `${sealed}span = 40255-40000`, 'CONFIG_INVALID_PORT'],
    ['port 0 in its span', `${sealed}span = 0-40000`, 'CONFIG_INVALID_PORT'],
    ['a sequence besides', `${sealed}span = 40000-40255\nsequence = 1,2`, 'CONFIG_ENCODED'],
    ['an unknown field', 'encoded = legacy(client, colour)\nspan = 1-256', 'CONFIG_ENCODED'],
    ['an unknown kind', 'encoded = zip\nspan = 1-256', 'CONFIG_ENCODED'],
    ['an odd legacy span', 'encoded = legacy(client)\nspan = 1-300', 'CONFIG_ENCODED'],
    ['a code of one port', `sequence = totp(${SECRET}, 1 ports in 1-65535)`, 'CONFIG_ENCODED'],
    [
      'a code that is easily guessed',
      `sequence = totp(${SECRET}, 4 ports in 1-256)`,
      'CONFIG_ENCODED',
    ],
    ['a code without a file', 'sequence = totp(4 ports in 20000-59999)', 'CONFIG_ENCODED'],
    [
      'a key file that is not there',
      `encoded = sealed\nkeys = ${folder}/none\nspan = 1-256`,
      'CONFIG_KEY_FILE',
    ],
  ])('is refused with %s', (_, lines, code) => {
    expect(codes(load(lines))).toContain(`error ${code}`);
  });

  it.each([
    ['others can read', secret('open', `a ${'0a'.repeat(32)}\n`, 0o644)],
    ['a group can read', secret('group', `a ${'0a'.repeat(32)}\n`, 0o640)],
    ['has a short key', secret('short', 'a 0a0b\n')],
    ['has no name', secret('nameless', `${'0a'.repeat(32)}\n`)],
    ['has a key twice', secret('twice', `a ${'0a'.repeat(32)}\na ${'0a'.repeat(32)}\n`)],
    ['is empty', secret('empty', '# none yet\n')],
  ])('is refused with a key file that %s', (_, path) => {
    const loaded = load(`encoded = sealed\nspan = 40000-40255\nkeys = ${path}`);
    expect(codes(loaded)).toEqual(['error CONFIG_KEY_FILE']);
  });

  it('is nothing that compat knows', () => {
    const lines = `encoded = sealed\nspan = 40000-40255\nkeys = ${KEYS}`;
    expect(codes(load(lines, 'compat = knockd'))).toContain('error CONFIG_ENCODED');
  });

  it('is warned of where its span has other uses', () => {
    const host = {
      listening: { tcp: new Set([40_010, 8080]), udp: new Set<number>() },
      ephemeral: [32_768, 60_999] as const,
    };
    const advice = (lines: string): string[] => {
      const loaded = load(lines);
      const compiled = compileDoors(loaded.configuration!.doors);
      return advise(loaded, compiled, host).map(({ message }) => message);
    };
    expect(advice(`${sealed}span = 40000-40255`)).toEqual([
      'the span of door "ssh" has ports where something listens: tcp/40010',
    ]);
    expect(advice(`${sealed}span = 1000-1255`)).toEqual([
      'the span of door "ssh" has ports below 1024, which scanners try first',
    ]);
    expect(advice(`${sealed}span = 40-295\ncarrier = icmp`)).toEqual([
      'the span of door "ssh" has 56 in it, the size of every other ping',
    ]);
    expect(advice(`${sealed}span = 100-355\ncarrier = icmp`)).toEqual([]);
    expect(advice(`${sealed}span = 40000-40255\ncarrier = udp`)).toEqual([
      'the span of door "ssh" takes in ports where answers to this host’s own datagrams arrive',
    ]);
    expect(advice(`${sealed}span = 20000-20255`)).toEqual([]);
    expect(advice(`${sealed}span = 40000-40008, 40011-40300\ntcpflags = fin`)).toEqual([
      'the span of door "ssh" takes in ports where answers to this host’s own connections arrive',
    ]);
  });

  it('is warned of where its span is other doors’', () => {
    const advice = (lines: string): string[] => {
      const loaded = parseConfiguration(`[ssh]\n${lines}\n`, 'f');
      const all = advise(loaded, compileDoors(loaded.configuration!.doors));
      return all.map(({ message }) => message).filter((text) => text.startsWith('the span'));
    };
    const span = `${sealed}span = 2000-2255\nopen = tcp/2222`;
    expect(advice(span)).toEqual([
      'the span of door "ssh" has ports that door "ssh" opens: who comes in there knocks',
    ]);
    const other = `${sealed}span = 2000-2255\n[web]\nsequence = 9000,2100,8000\nopen = tcp/2200`;
    expect(advice(other)).toEqual([
      'the span of door "ssh" has ports that door "web" opens: who comes in there knocks',
      'the span of door "ssh" has ports that door "web" is knocked at',
    ]);
    const byUdp = `${sealed}span = 2000-2255\n[web]\nsequence = 9000,2100:udp,8000`;
    expect(advice(byUdp)).toEqual([]);
    const twins = `${sealed}span = 2000-2255\n[web]\nencoded = sealed\nkeys = ${KEYS}\nspan = 2200-2500`;
    expect(advice(twins)).toEqual([
      'the span of door "ssh" has ports that door "web" is knocked at',
      'the span of door "web" has ports that door "ssh" is knocked at',
    ]);
  });

  it.each([
    ['dynamic', 49_152, 65_535],
    ['Registered', 1024, 49_151],
    ['well-known', 1, 1023],
  ])('lies on a class of ports: %s', (name, from, to) => {
    const { encoded } = load(`${sealed}span = ${name}`).configuration!.doors[0]!;
    expect(encoded!.span).toEqual([{ from, to }]);
    const both = load(`${sealed}span = ${name}, ${from + 1}`);
    expect(codes(both)).toContain('error CONFIG_INVALID_PORT');
  });

  it('has codes on a class of ports', () => {
    const { configuration } = load(`sequence = totp(${SECRET}, 4 ports in dynamic)`);
    expect(configuration!.doors[0]!.encoded).toMatchObject({
      ports: 4,
      span: [{ from: 49_152, to: 65_535 }],
    });
    expect(codes(load(`sequence = totp(${SECRET}, 4 ports in well-known)`))).toEqual([
      'error CONFIG_ENCODED',
    ]);
    expect(codes(load(`sequence = totp(${SECRET}, 4 ports in private)`))).toEqual([
      'error CONFIG_INVALID_PORT',
    ]);
  });
});
