import { describe, expect, it } from 'vitest';
import { obstaclesIn } from '../../../../src/firewall/nft/obstacles.ts';

const MARK = 0x4000;
const SSH = { protocol: 'tcp', from: 22, to: 22, isHere: true } as const;
const FAMILIES = [4, 6] as const;

/** What keeps a first packet to the ports out, by either family. */
const stopping = (lines: readonly string[], mark: number | undefined = MARK, over = {}) =>
  obstaclesIn(lines, mark).filter(({ stops }) =>
    FAMILIES.some((family) => stops({ ...SSH, family, ...over })),
  );
const remedies = (lines: readonly string[], mark: number | undefined = MARK) =>
  stopping(lines, mark).map(({ remedy }) => remedy);

describe('what stands in the way of grants', () => {
  it.each([
    ['a policy that accepts', ['base 1 1 0 1 filter in own']],
    ['a chain at output', ['base 1 3 0 0 filter out own']],
    ['a nat chain', ['base 2 1 100 0 nat in own']],
    ['a rule that drops in a chain without a hook', ['chain 1 last own', 'rule 1 drop - last own']],
    [
      'a table that admits the mark',
      ['base 1 1 0 0 filter in own', 'rule 1 accept mark:16384 elsewhere own'],
    ],
  ])('is not %s', (_, lines) => {
    expect(stopping(lines)).toEqual([]);
  });

  it('is a table that admits another mark, and one of the same name in another family', () => {
    const base = 'base 1 1 0 0 filter in own';
    expect(remedies([base, 'rule 1 accept mark:8192 in own'])).toHaveLength(1);
    expect(remedies([base, 'rule 2 accept mark:16384 in own'])).toHaveLength(1);
    expect(stopping([base, 'rule 1 accept mark:16384 in own'], 0)).toHaveLength(1);
  });

  it('says the line by what is found', () => {
    const match = '-m mark --mark 0x4000/0x4000 -j ACCEPT';
    expect(remedies(['base 10 1 0 0 filter INPUT filter'])).toEqual([
      `ip6tables -I INPUT ${match}`,
    ]);
    expect(
      remedies(['base 10 1 0 0 filter INPUT filter', 'chain 10 ufw6-before-input filter']),
    ).toEqual([`in /etc/ufw/before6.rules, above COMMIT: -A ufw6-before-input ${match}`]);
    expect(remedies(['base 2 2 0 0 filter FORWARD filter', 'chain 2 DOCKER-USER filter'])).toEqual([
      `iptables -I DOCKER-USER ${match}`,
    ]);
    expect(remedies(['base 1 2 0 1 filter fw own', 'rule 1 drop - fw own'])).toEqual([
      "nft insert rule inet own fw 'meta mark & 0x4000 != 0 accept'",
    ]);
  });
});

describe('a chain that drops', () => {
  const DROP = 'base 1 1 0 0 filter in own';
  const rule = (verdict: string, conditions = '-', chain = 'in'): string =>
    `rule 1 ${verdict} ${conditions} ${chain} own`;

  it.each<[string, string[]]>([
    ['accepts the port', [rule('accept', 'proto:6,ports:22-22')]],
    ['accepts a range that has it', [rule('accept', 'proto:6,ports:80-80/1-1024')]],
    ['accepts it as new', [rule('accept', 'proto:6,ports:22-22,state:10')]],
    ['accepts all that is for this host', [rule('accept', 'local')]],
    [
      'accepts it for either family by itself',
      [rule('accept', '6,ports:22-22'), rule('accept', '4,ports:22-22')],
    ],
    [
      'accepts it behind what drops other things',
      [
        rule('drop', 'state:1'),
        rule('drop', 'proto:17'),
        rule('drop', 'ports:23-65535'),
        rule('accept', 'ports:22-22'),
      ],
    ],
    [
      'leads to a chain that accepts it',
      [
        'chain 1 services own',
        rule('jump:others'),
        rule('goto:services'),
        rule('return', 'local', 'others'),
        rule('drop', '-', 'others'),
        rule('accept', 'ports:22-22', 'services'),
      ],
    ],
    [
      'may lead to one that accepts it, and does so itself',
      [rule('jump:zone', '?'), rule('accept', '-', 'zone'), rule('accept', 'ports:22-22')],
    ],
    [
      'accepts a set of ports that has it',
      [rule('accept', 'proto:6,set:open'), 'port 1 22 open own', 'port 1 80 open own'],
    ],
    [
      'accepts a set of intervals that has it',
      [
        rule('accept', 'set:open'),
        ...['end 1 0 open own', 'port 1 20 open own', 'end 1 23 open own', 'port 1 60 open own'],
      ],
    ],
  ])('stands in nobody’s way where it %s', (_, rules) => {
    expect(stopping([DROP, ...rules])).toEqual([]);
  });

  it.each<[string, string[]]>([
    ['accepts another port', [rule('accept', 'proto:6,ports:23-23')]],
    ['accepts it of the other protocol', [rule('accept', 'proto:17,ports:22-22')]],
    ['accepts it for one family', [rule('accept', '4,ports:22-22')]],
    ['accepts it on a condition', [rule('accept', '?,ports:22-22')]],
    ['accepts it of what is known', [rule('accept', 'ports:22-22,state:6')]],
    ['accepts it behind a drop', [rule('drop'), rule('accept', 'ports:22-22')]],
    ['may drop it before', [rule('drop', '?'), rule('accept', 'ports:22-22')]],
    ['asks a map of verdicts before', [rule('?', '?'), rule('accept', 'ports:22-22')]],
    [
      'may leave the chain that accepts it',
      [rule('jump:services'), rule('return', '?', 'services'), rule('accept', '-', 'services')],
    ],
    [
      'may go to a chain from which nothing comes back',
      [rule('goto:zone', '?'), rule('accept', 'ports:22-22')],
    ],
    ['goes round in a circle', [rule('jump:in'), rule('accept')]],
    [
      'accepts a set of ports without it',
      [rule('accept', 'set:open'), 'port 1 21 open own', 'port 1 23 open own'],
    ],
    [
      'accepts a set of intervals without it',
      [
        rule('accept', 'set:open'),
        ...['end 1 0 open own', 'port 1 20 open own', 'end 1 22 open own'],
      ],
    ],
    ['accepts a set of another table', [rule('accept', 'set:open'), 'port 1 22 open other']],
  ])('is told of where it %s', (_, rules) => {
    expect(stopping([DROP, ...rules])).toHaveLength(1);
  });

  it('is told of where a range is let in but in part', () => {
    const lines = [DROP, rule('accept', 'ports:1-100')];
    expect(stopping(lines, MARK, { from: 90, to: 100 })).toEqual([]);
    expect(stopping(lines, MARK, { from: 90, to: 101 })).toHaveLength(1);
  });

  it('is told of where it drops in a chain that it leads to, whatever its policy', () => {
    const accepting = 'base 1 1 0 1 filter in own';
    expect(stopping([accepting, rule('jump:rest'), rule('drop', '-', 'rest')])).toHaveLength(1);
    expect(stopping([accepting, rule('drop', '?')])).toEqual([]);
  });

  it('is not asked of the family that it never sees', () => {
    const lines = ['base 2 1 0 0 filter INPUT filter', 'rule 2 accept ports:22-22 INPUT filter'];
    expect(stopping(lines)).toEqual([]);
  });
});
