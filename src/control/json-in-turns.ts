import { inTurns } from './in-turns.ts';

/** An object as JSON, as `JSON.stringify` writes it; its long lists take several turns of the loop. */
export async function jsonInTurns(object: object): Promise<string> {
  const fields: string[] = [];
  for (const [name, value] of Object.entries(object) as [string, unknown][]) {
    if (value === undefined) continue;
    const text = Array.isArray(value) ? await listInTurns(value) : JSON.stringify(value);
    fields.push(`${JSON.stringify(name)}:${text}`);
  }
  return `{${fields.join(',')}}`;
}

async function listInTurns(list: readonly unknown[]): Promise<string> {
  const texts = await inTurns(list, (each) => JSON.stringify(each));
  return `[${texts.join(',')}]`;
}
