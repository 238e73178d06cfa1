import type { Door } from '../door/door.ts';
import type { SealedKnock } from '../door/encoded.ts';
import { grantPrefix } from '../door/grant-prefix.ts';
import { spanSize } from '../door/span.ts';
import type { Reading, SealedCodec } from '../matcher/encoded/codec.ts';
import type { Address } from '../tuple/address.ts';
import type { ClientKey } from './key-file.ts';
import { sealedKey, sealedLayout } from './sealed-key.ts';
import { unseal, type SealedContent } from './sealed-message.ts';
import { termsOf } from './terms.ts';

/** Reads a door's sealed knocks. The span has room for them: whoever made the door has seen to that. */
export function sealedCodec(
  door: Door,
  knock: SealedKnock,
  clients: readonly ClientKey[],
): SealedCodec {
  const layout = sealedLayout(spanSize(knock.span), knock.address)!;
  const keys = clients.map(({ key }) => sealedKey(key, door.name, layout));
  return {
    kind: 'sealed',
    layout,
    shares: keys.map(({ shares }) => shares),
    unseal: (client, values, source, seconds) => {
      const key = keys[client]!;
      const content = unseal(values, key, knock.address, layout, source, seconds);
      if (content === undefined) return { kind: 'refused', reason: 'forged' };
      return judge(content, door, knock, source, seconds, key.name, clients[client]!.name);
    },
  };
}

/** What an authentic knock comes to. The door's own bounds hold, whatever it asks for. */
function judge(
  content: SealedContent,
  door: Door,
  knock: SealedKnock,
  source: Address,
  nowSeconds: number,
  series: string,
  client: string,
): Reading {
  if (content.seconds < nowSeconds - knock.windowSeconds) return refused('late');
  if (content.seconds > nowSeconds + knock.windowSeconds) return refused('early');
  const subject = knock.address === 'stated' ? content.address! : source;
  const widest = grantPrefix(door, subject.family);
  if (content.prefix !== 0 && content.prefix < widest) return refused('too wide');
  const terms = termsOf(content.terms);
  if (terms === undefined) return refused('forged');
  const use = { series, number: content.seconds, salt: content.salt, client, subject };
  if (terms.kind === 'close') return { kind: 'ticket', ticket: { ...use, action: 'close' } };
  const { openForSeconds = door.openForSeconds } = terms;
  const clipped = Math.min(openForSeconds, knock.longestSeconds);
  return { kind: 'ticket', ticket: { ...use, action: 'open', openForSeconds: clipped } };
}

function refused(reason: 'late' | 'early' | 'forged' | 'too wide'): Reading {
  return { kind: 'refused', reason };
}
