import { hexText, type Hit, type Stage } from '../model/saying.ts';
import { h, table } from './dom.ts';

/** The bytes of a message, each field in its colour, and what each means. */
export function stageView({ title, parts }: Stage): HTMLElement {
  const bytes = parts
    .filter((part) => part.bytes.length > 0)
    .map(({ hue, name, bytes: own }) =>
      h('span', { class: `field-${hue}`, title: name }, hexText(own)),
    );
  const rows = parts.map(({ name, hue, meaning }) =>
    h('tr', {}, h('td', {}, h('span', { class: `field-${hue}` }, name)), h('td', {}, meaning)),
  );
  return h(
    'div',
    { class: 'stage' },
    h('h3', {}, title),
    h('div', { class: 'bytes' }, ...bytes),
    h('div', { class: 'table' }, h('table', {}, h('tbody', {}, ...rows))),
  );
}

/** `40211`, `40178:udp`, `icmp:64`: as a client takes them. */
export function hitText({ protocol, port }: Hit): string {
  if (protocol === 'icmp') return `icmp:${port}`;
  return protocol === 'tcp' ? String(port) : `${port}:${protocol}`;
}

export function hitsView(hits: readonly Hit[]): HTMLElement {
  const rows = hits.map((hit, at) => ({ cells: [String(at + 1), hitText(hit), hit.meaning] }));
  return h(
    'details',
    {},
    h('summary', {}, 'How each port comes about'),
    table('', ['packet', 'port', 'what lies on it'], rows),
  );
}
