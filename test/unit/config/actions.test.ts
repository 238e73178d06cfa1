import { afterAll, describe, expect, it } from 'vitest';
import { loadConfiguration, parseConfiguration, type Loaded } from '../../../src/config/load.ts';
import { Folder } from '../../support/cli.ts';

const folder = new Folder();
afterAll(() => folder[Symbol.dispose]());
const KEYS = folder.write('keys', `alice ${'0a'.repeat(32)}\n`);
const DOOR = '[ssh]\nsequence = 7001,7002,7003\nopen = tcp/22\n';
const SEALED = `[house]\nencoded = sealed\nspan = 40000-40255\nkeys = ${KEYS}\nopen = tcp/443\n`;

/** Each problem as `line:column message`. */
function problemsOf({ problems }: Loaded): string[] {
  return problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
}

function problems(text: string): string[] {
  return problemsOf(parseConfiguration(text, 'f'));
}

describe('actions', () => {
  it('belong to doors in the order in which they are named, with what follows them', () => {
    const loaded = parseConfiguration(
      `${DOOR}actions = wake, tell
[action wake]
wake = 00-11-22-33-44-AA via 192.0.2.255
then = nas
[action nas]
delay = 40s
open = tcp/2049
open_prefix4 = 24
then = deaf
[action deaf]
delay = 2s
ignore_for = 10m
[action tell]
run = ["/bin/echo", "a b", "%IP%"]
`,
      'f',
    );
    expect(loaded.problems).toEqual([]);
    const { doors } = loaded.configuration!;
    expect(doors.map(({ name, isAction }) => [name, isAction])).toEqual([
      ['ssh', undefined],
      ['nas', true],
      ['tell', true],
    ]);
    const [ssh, nas, tell] = doors;
    expect(ssh!.actions).toEqual([
      {
        name: 'wake',
        delaySeconds: 0,
        effect: { kind: 'wake', mac: '00:11:22:33:44:aa', to: '192.0.2.255' },
      },
      { name: 'nas', delaySeconds: 40, effect: { kind: 'open', door: nas } },
      { name: 'deaf', delaySeconds: 42, effect: { kind: 'ignore', seconds: 600 } },
      { name: 'tell', delaySeconds: 0, effect: { kind: 'open', door: tell } },
    ]);
    expect(nas).toMatchObject({ steps: [], openPrefix4: 24, openForSeconds: 30 });
    expect(tell).toMatchObject({ open: [], commands: { run: ['/bin/echo', 'a b', '%IP%'] } });
  });

  it('are offered by doors with sealed knocks', () => {
    const text = `${SEALED}offers = leave, all\n[action leave]\nclose = house\n[action all]\nclose = all\n`;
    const [house] = parseConfiguration(text, 'f').configuration!.doors;
    expect(house!.offers?.map(({ name, actions }) => [name, actions[0]!.effect])).toEqual([
      ['leave', { kind: 'close', doors: ['house'] }],
      ['all', { kind: 'close', doors: [] }],
    ]);
  });

  it('may stand in a file of their own, whose mistakes are named there', () => {
    const actions = folder.write('actions.conf', '[action leave]\nclose = shh\n');
    const file = folder.write(
      'doors.conf',
      `[options]\nactions = actions.conf\n${DOOR}actions = leave\n`,
    );
    const loaded = loadConfiguration(file);
    expect(loaded.files).toEqual([file, actions]);
    expect(loaded.problems.map((each) => each.format())[0]).toContain(`${actions}:2:9`);
  });

  it('open until somebody closes them', () => {
    const text = `${DOOR}open_for = until closed\n`;
    const [door] = parseConfiguration(text, 'f').configuration!.doors;
    expect(door).toMatchObject({ holds: true, openForSeconds: 300 });
  });

  it.each([
    [
      `${DOOR}actions = wakee\n[action wake]\nwake = 00:11:22:33:44:55\n`,
      '4:11 no action is called "wakee"',
    ],
    [
      `${DOOR}[action a]\nthen = b\n[action b]\nclose = all\nthen = a\n`,
      '5:8 actions follow each other in a circle: b -> a -> b',
    ],
    [`${DOOR}[action a]\nthen = a\n`, '5:8 actions follow each other in a circle: a -> a'],
    [`${DOOR}[action a]\nclose = shh\n`, '5:9 no door is called "shh"'],
    [
      `${DOOR}[action a]\nrun = ["/no/such/program"]\n`,
      '5:7 /no/such/program is no program that can be run',
    ],
    [`${DOOR}[action a]\nrun = ["logger"]\n`, '5:7 "logger" is not an absolute path'],
    [`${DOOR}[action a]\nrun = /bin/true\n`, '5:7 not a list of texts in quotes'],
    [`${DOOR}[action a]\nrun = ["/bin/true", 7]\n`, '5:7 not a list of texts in quotes'],
    [`${DOOR}[action a]\nwake = 00:11:22:33:44\n`, '5:8 "00:11:22:33:44" is no hardware address'],
    [
      `${DOOR}[action a]\nclose = all\nignore_for = 5s\n`,
      '6:14 action "a" does two things: make it two, and join them by then',
    ],
    [`${DOOR}[action a]\ndelay = 5s\n`, '4:2 action "a" does nothing'],
    [`${DOOR}[action ssh]\nclose = all\n`, '4:2 a door is called "ssh" too'],
    [`${DOOR}[action a]\nsequence = 1,2\n`, '5:1 Sequence does not belong into an action'],
    [
      `${DOOR}offers = a\n[action a]\nclose = all\n`,
      '4:10 only a sealed knock can choose an action',
    ],
    [
      `${DOOR}open_for = until closed\nrenew = no\n`,
      '4:12 until closed and renew = no contradict each other',
    ],
  ])('are wrong, and where is said: %j', (text, problem) => {
    expect(problems(text)).toContain(problem);
  });

  it('are offered up to as many as a byte can name', () => {
    const actions = Array.from({ length: 24 }, (_, nth) => `a${nth}`);
    const sections = actions.map((name) => `[action ${name}]\nclose = all\n`).join('');
    expect(problems(`${SEALED}offers = ${actions.join(', ')}\n${sections}`)).toEqual([
      '6:10 a door offers 23 actions at most',
    ]);
  });

  it('are doors like any other to compat = knockd', () => {
    const { configuration } = parseConfiguration('[action a]\nsequence = 7001,7002\n', 'f', {
      compat: 'knockd',
    });
    expect(configuration!.doors.map(({ name }) => name)).toEqual(['action a']);
  });
});
