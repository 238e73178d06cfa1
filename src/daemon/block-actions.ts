import type { BlockedAnswer, BlockLine } from '../control/answers.ts';
import type { ControlActions } from '../control/server.ts';
import { textOf } from '../config/address-lists.ts';
import type { CountedRange } from '../firewall/block.ts';
import { monotonicMs } from '../firewall/clock.ts';
import { rangeText } from '../firewall/nft/address-range.ts';
import { rangesOf } from '../tuple/address-ranges.ts';
import type { BlockEntry } from './block-book.ts';
import type { Controlled } from './control-actions.ts';

/** So many prefixes of the lists are told of, those that kept out most. */
const MOST_COUNTED = 1000;

/** What the control socket does about who is blocked. */
export function blockActions(
  daemon: Pick<Controlled, 'blocking' | 'firewall' | 'listCounters'>,
): Pick<ControlActions, 'block' | 'unblock' | 'blocked'> {
  const { blocking } = daemon;
  return {
    block: ({ network, forSeconds, isDry }, by) => ({
      blocked: textOf(network),
      remarks: isDry ? blocking.judge(network) : blocking.block(network, forSeconds, by),
    }),
    unblock: ({ network, isDry }) => {
      if (isDry) {
        return { unblocked: blocking.within(network).map((entry) => textOf(entry.network)) };
      }
      const lifted = blocking.unblock(network);
      const stillBlockedBy = blocking.stillBlockedBy(network);
      return {
        unblocked: lifted.map((entry) => textOf(entry.network)),
        ...(stillBlockedBy === undefined ? {} : { stillBlockedBy }),
      };
    },
    blocked: () => blockedNow(daemon),
  };
}

function blockedNow({
  blocking,
  firewall,
  listCounters,
}: Pick<Controlled, 'blocking' | 'firewall' | 'listCounters'>): BlockedAnswer {
  const counted = firewall.blocked(monotonicMs());
  return {
    blocks: blocking.entries().map((entry) => lineOf(entry, counted)),
    lists: blocking.lists.sources,
    counted: [...listCounters()]
      .filter(({ packets }) => packets > 0)
      .sort((a, b) => b.packets - a.packets)
      .slice(0, MOST_COUNTED)
      .map(({ family, words, packets, bytes }) => {
        return { network: rangeText(words, family), packets, bytes };
      }),
  };
}

/** Blocks that overlap share what the ranges where they do kept out. */
function lineOf(
  { network, why, by, untilMs }: BlockEntry,
  counted: readonly CountedRange[],
): BlockLine {
  const ranges = rangesOf([network]);
  const within = counted.filter(
    ({ family, words }) =>
      family === network.address.family &&
      (family === 4
        ? ranges.has4(words[0]!)
        : ranges.has6(words[0]!, words[1]!, words[2]!, words[3]!)),
  );
  return {
    network: textOf(network),
    why,
    ...(by === undefined ? {} : { by }),
    ...(untilMs === undefined
      ? {}
      : { leftSeconds: Math.max(0, Math.round(untilMs - monotonicMs()) / 1000) }),
    packets: within.reduce((sum, { packets }) => sum + packets, 0),
    bytes: within.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}
