import { describe, expect, it } from 'vitest';
import { GrantTable } from '../../../../src/firewall/grant-table.ts';
import type { NftSocket } from '../../../../src/firewall/nft/addon.ts';
import { BatchWriter } from '../../../../src/firewall/nft/batch-writer.ts';
import { ACTION, allocateRows } from '../../../../src/firewall/nft/element-rows.ts';
import { drawTable } from '../../../../src/firewall/nft/draw-table.ts';
import { parseAddress } from '../../../../src/tuple/address.ts';
import { door, ports } from '../../../support/door.ts';

const SSH = door('7000', { name: 'ssh', open: [ports('tcp/22')] });
const LAYOUT = drawTable([SSH], {
  trusted: [],
  guardInterfaces: [],
  maxGrants: 10,
  isPublished: false,
});
/** A socket whose answers are given: a number of refusals, or the name of an error to throw. */
function writerOn(answers: (number | string)[]): { writer: BatchWriter; actions: number[] } {
  const rows = allocateRows(4);
  const actions: number[] = [];
  const apply = (): number => {
    actions.push(rows.action[0]!);
    const answer = answers.shift()!;
    if (typeof answer === 'string') throw Object.assign(new Error(answer), { code: answer });
    return answer;
  };
  const writer = new BatchWriter({ apply, reason: () => '' } as unknown as NftSocket, rows);
  const grants = new GrantTable(4);
  const slot = grants.add(0, parseAddress('203.0.113.9')!, 1, 5000);
  writer.put(LAYOUT.targets.get(SSH)!.ipv4[0]!, grants, slot, 0, 0, false);
  return { writer, actions };
}

describe('the batch writer', () => {
  it('sends elements again as renewals when the kernel’s answer was lost', () => {
    const { writer, actions } = writerOn(['ENOBUFS', 0]);
    expect(writer.commit()).toBe(0);
    expect(actions).toEqual([ACTION.add, ACTION.renew]);
  });

  it('gives up when no answer ever comes', () => {
    const { writer, actions } = writerOn(Array<string>(9).fill('ENOBUFS'));
    expect(() => writer.commit()).toThrow('ENOBUFS');
    expect(actions).toHaveLength(4);
  });

  it('passes on what is not about an element', () => {
    const { writer, actions } = writerOn(['EPERM']);
    expect(() => writer.commit()).toThrow('EPERM');
    expect(actions).toHaveLength(1);
  });
});
