import { readdirSync, readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Door } from '../../src/door/door.ts';
import { MONOTONIC_CLOCK } from '../../src/engine/clock.ts';
import { Engine } from '../../src/engine/engine.ts';
import { MatchHere } from '../../src/engine/match-here.ts';
import { monotonicMs } from '../../src/firewall/clock.ts';
import { nftFirewall } from '../../src/firewall/nft/nft.ts';
import { compileDoors } from '../../src/matcher/compile-doors.ts';
import { Matcher } from '../../src/matcher/matcher.ts';
import { openRing } from '../../src/source/ring.ts';
import { parseAddress } from '../../src/tuple/address.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What a process holds of the kernel. */
interface Holdings {
  readonly descriptors: number;
  readonly mappings: number;
}

function holdings(): Holdings {
  const mappings = readFileSync('/proc/self/maps', 'utf8').split('\n');
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    mappings: mappings.filter((line) => /packet|socket/.test(line)).length,
  };
}

/** Starts and stops everything that holds the kernel so many times; some stop within a callback. */
async function cycle(times: number, doors: readonly Door[]): Promise<Holdings> {
  const source = parseAddress('203.0.113.9')!;
  for (let nth = 0; nth < times; nth++) {
    const compiled = compileDoors(doors);
    const ring = await openRing({ interfaces: ['srv0'], interest: compiled.interest, slots: 1024 });
    const firewall = nftFirewall({ maxGrants: 1000 });
    await firewall.start(doors);
    const matcher = new Matcher(compiled, { maxAttempts: 1024 });
    const stopsInCallback = nth % 3 === 0;
    const engine = new Engine({
      matching: new MatchHere(ring, matcher),
      firewall,
      clock: MONOTONIC_CLOCK,
      report: () => {
        if (stopsInCallback) void ring.close();
      },
    });
    const ran = engine.run();
    firewall.apply([{ door: doors[0]!, source, openForMs: 10_000 }], monotonicMs());
    if (nth % 10 === 0) collect();
    if (nth % 2 === 0) await new Promise(setImmediate);
    await ring.close();
    await ran;
    await firewall.close();
  }
  collect();
  return holdings();
}

export const calls = { cycle, holdings };
