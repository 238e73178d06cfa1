import { describe, expect, it } from 'vitest';
import { Generations } from '../../../src/engine/workers/generations.ts';
import { door } from '../../support/door.ts';

const SSH = door('7000,8000', { name: 'ssh' });
const WEB = door('7001,8001', { name: 'web' });

describe('doors that workers mean by their places', () => {
  it('are those of the time at which they decided', () => {
    const generations = new Generations([SSH, WEB]);
    const same = { ...WEB };
    const latest = generations.reserve();
    generations.replace(latest, [same]);
    expect(generations.door(0, 1)).toBe(same);
    expect(generations.door(latest, 0)).toBe(same);
  });

  it('are none where a reload has changed or removed them', () => {
    const generations = new Generations([SSH, WEB]);
    generations.replace(generations.reserve(), [{ ...SSH, windowSeconds: SSH.windowSeconds + 1 }]);
    expect(generations.door(0, 0)).toBeUndefined();
    expect(generations.door(0, 1)).toBeUndefined();
  });

  it('stay what they were while one has another sequence, so that its old one is refused', () => {
    const generations = new Generations([SSH, WEB]);
    const next = door('7002,8002', { name: 'ssh' });
    const latest = generations.reserve();
    generations.exchange(latest, [next, WEB]);
    expect(generations.door(0, 0)).toBe(SSH);
    expect(generations.door(latest, 0)).toBe(next);
  });

  it('are forgotten when nothing about them is under way', () => {
    const generations = new Generations([SSH]);
    const latest = generations.reserve();
    generations.exchange(latest, [WEB]);
    generations.forgetBefore(latest);
    expect(generations.door(0, 0)).toBeUndefined();
    expect(generations.door(1, 0)).toBe(WEB);
  });
});
