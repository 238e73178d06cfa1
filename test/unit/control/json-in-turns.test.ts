import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonInTurns } from '../../../src/control/json-in-turns.ts';

describe('JSON that is made in turns', () => {
  it('is what JSON.stringify makes', async () => {
    const value = fc.oneof(fc.jsonValue(), fc.constant(undefined), fc.array(fc.jsonValue()));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), value), async (object) => {
        expect(await jsonInTurns(object)).toBe(JSON.stringify(object));
      }),
    );
  });

  it('lets others have their turn while it makes a long list', async () => {
    let isOver = false;
    const made = jsonInTurns({ list: Array.from({ length: 5000 }, (_, nth) => ({ nth })) });
    void made.then(() => (isOver = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    expect((JSON.parse(await made) as { list: object[] }).list).toHaveLength(5000);
  });
});
