import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DEFAULT_LOG_RULES, openLog } from '../../src/source/log/log-file.ts';
import { EVERYTHING } from '../support/interest.ts';
import { logRows } from '../support/log-rows.ts';

const FOLDER = join(import.meta.dirname, 'logs');
/** Written by ulogd, in a file of its own. */
const TRUSTED = ['logemu.log', 'ulogd.jsonl'];

/** Stamps of system logs have no zone, and some have no year. */
const lastWritten = new Date('2026-11-25T12:00:00Z');
beforeAll(() => vi.stubEnv('TZ', 'UTC'));
afterAll(() => vi.unstubAllEnvs());

describe('logs of firewalls, form by form', () => {
  const names = readdirSync(FOLDER).filter((name) => !name.endsWith('.rows'));
  it.each(names)('%s becomes the rows that stand beside it', async (name) => {
    const rules = { ...DEFAULT_LOG_RULES, trusts: TRUSTED.includes(name) };
    const log = await openLog(join(FOLDER, name), { interest: EVERYTHING, rules, lastWritten });
    const rows = await logRows(log);
    await expect(`${rows.join('\n')}\n`).toMatchFileSnapshot(join(FOLDER, `${name}.rows`));
  });
});
