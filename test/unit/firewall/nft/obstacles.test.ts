import { describe, expect, it } from 'vitest';
import { obstaclesIn } from '../../../../src/firewall/nft/obstacles.ts';

const MARK = 0x4000;
const remedies = (lines: readonly string[], mark: number | undefined = MARK) =>
  obstaclesIn(lines, mark).map(({ remedy }) => remedy);

describe('what stands in the way of grants', () => {
  it.each([
    ['a policy that accepts', ['base 1 1 0 1 filter in own']],
    ['a chain at output', ['base 1 3 0 0 filter out own']],
    ['a nat chain', ['base 2 1 100 0 nat in own']],
    ['a rule that drops in a chain without a hook', ['chain 1 last own', 'drops 1 last own']],
    [
      'a table that admits the mark',
      ['base 1 1 0 0 filter in own', 'admits 1 16384 elsewhere own'],
    ],
  ])('is not %s', (_, lines) => {
    expect(obstaclesIn(lines, MARK)).toEqual([]);
  });

  it('is a table that admits another mark, and one of the same name in another family', () => {
    const base = 'base 1 1 0 0 filter in own';
    expect(remedies([base, 'admits 1 8192 in own'])).toHaveLength(1);
    expect(remedies([base, 'admits 2 16384 in own'])).toHaveLength(1);
    expect(obstaclesIn([base, 'admits 1 16384 in own'], undefined)).toHaveLength(1);
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
    expect(remedies(['base 1 2 0 1 filter fw own', 'drops 1 fw own'])).toEqual([
      "nft insert rule inet own fw 'meta mark & 0x4000 != 0 accept'",
    ]);
  });
});
