import type { Link } from './link-watch.ts';

/** Kinds of links that hear what their parts have heard. A VRF does not, nor does Open vSwitch. */
const GATHERING: ReadonlySet<string> = new Set(['bridge', 'bond', 'team']);
/** Kinds of links that hear nothing but what the link below them has heard. */
const STACKED: ReadonlySet<string> = new Set(['vlan', 'macvlan', 'macvtap', 'ipvlan', 'ipvtap']);

/**
 * Whose packets are heard a second time on another one of these links, and by which: those of a part
 * of a bridge or bond on that, those of a VLAN on the link that carries it. To listen on both would
 * make two knocks of one packet.
 */
export function heardTwice(links: readonly Link[]): Map<Link, Link> {
  const byIndex = new Map(links.map((link) => [link.index, link]));
  const twice = new Map<Link, Link>();
  for (const link of links) {
    const other = gathering(link, byIndex) ?? below(link, byIndex);
    if (other !== undefined) twice.set(link, other);
  }
  return twice;
}

/** Where all packets of a link are heard if these names are listened on; undefined: on that link alone. */
export function heardBy(
  link: Link,
  twice: ReadonlyMap<Link, Link>,
  names: readonly string[],
): Link | undefined {
  // A link may stand on several others, but on no more than there are.
  let other = twice.get(link);
  for (let steps = twice.size; steps > 0 && other !== undefined; steps--) {
    if (names.includes(other.name)) return other;
    other = twice.get(other);
  }
  return undefined;
}

type ByIndex = ReadonlyMap<number, Link>;

function gathering({ master }: Link, byIndex: ByIndex): Link | undefined {
  const link = byIndex.get(master);
  return link !== undefined && GATHERING.has(link.kind) ? link : undefined;
}

function below({ kind, lower }: Link, byIndex: ByIndex): Link | undefined {
  return STACKED.has(kind) ? byIndex.get(lower) : undefined;
}
