import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browser, noBrowser, watched, type Watched } from '../support/browser.ts';
import { Folder, postern } from '../support/cli.ts';
import { EXAMPLE_OF_2004, OFFSETS_OF_2004 } from '../support/knock-form.ts';
import { pastedLog } from '../support/pasted-log.ts';
import { fill, fillKnock, offsets, press, says, textOf } from '../support/lab-page.ts';
import { pageText } from '../../src/lab/page-text.ts';
import { servePage, type ServedPage } from '../../src/lab/serve.ts';

const DIST = join(import.meta.dirname, '../../dist/lab/page.html');

describe.skipIf(noBrowser)('the lab’s page in a browser', () => {
  let chromium: Browser;
  let served: ServedPage;
  let lab: Watched;
  let page: Page;

  beforeAll(async () => {
    chromium = await browser();
    served = await servePage(readFileSync(DIST, 'utf8'), 0);
    lab = await watched(chromium, served.url);
    ({ page } = lab);
  });

  afterAll(async () => {
    await chromium.close();
    await served[Symbol.asyncDispose]();
  });

  it.each([
    ['without a vector', {}, OFFSETS_OF_2004.V1],
    ['with one', { iv: '36574210', header: 'yes' }, OFFSETS_OF_2004.V2],
  ] as const)(
    'composes the first system’s example %s, decodes it, and it opens',
    async (_, over, V) => {
      await fillKnock(page, { iv: '', header: 'no', ...EXAMPLE_OF_2004, ...over });
      expect(await offsets(page, 40_000)).toEqual([...V]);
      await press(page, 'Decode it');
      await says(page, '#decoded', 'port 3306, which the door must open');
      await says(page, '#decoded', 'opened tcp/3306 for 30 s');
      await press(page, 'Try it at the door');
      await says(page, '#replayed', 'opened tcp/3306 for 30 s');
    },
  );

  it.each([
    ['sealed', { kind: 'sealed', span: '40000-40255' }, 64],
    ['totp', { kind: 'totp', span: '20000-59999' }, 4],
    ['hotp', { kind: 'hotp', span: '20000-59999', counter: '5' }, 4],
    ['a plain sequence', { kind: 'sequence' }, 3],
  ] as const)('composes a knock, decodes it, and the door opens: %s', async (_, form, packets) => {
    await fillKnock(page, { door: 'ssh', open: 'tcp/22', client: '203.0.113.9', ...form });
    expect(await offsets(page, 0)).toHaveLength(packets);
    await press(page, 'Decode it');
    await says(page, '#decoded', 'opened tcp/22 for 30 s');
    await press(page, 'Try it at the door');
    await says(page, '#replayed', 'opened tcp/22 for 30 s');
  });

  it('tells what is wrong in the parser’s words, and forgets the ports', async () => {
    await fillKnock(page, { kind: 'sealed', span: '40000-40010' });
    await says(page, '#composed', 'a span of 11 ports is too small: 256 at least');
    expect(await page.$('#ports')).toBeNull();
  });

  it('shows fields of the chosen kind alone', async () => {
    const shown = (name: string): Promise<boolean> =>
      page.$eval(`#knock [name=${name}]`, (field) => field.checkVisibility());
    await fillKnock(page, { kind: 'sealed', span: '40000-40255' });
    expect([await shown('key'), await shown('passphrase'), await shown('secret')]).toEqual([
      true,
      false,
      false,
    ]);
    await fillKnock(page, { kind: 'legacy' });
    expect([await shown('key'), await shown('passphrase')]).toEqual([false, true]);
  });

  it('asks for files that a pasted door file names, and replays with them', async () => {
    const doors =
      '[web]\nsequence = totp(/etc/web.secret, 4 ports in 20000-59999)\nopen = tcp/443\n';
    await fill(page, '#rehearsal', 'doors', doors);
    await says(page, '#files', '/etc/web.secret');
    await says(page, '#replayed', 'error');
    await page.$$eval('#files label', (labels) => {
      const label = labels.find((each) => each.textContent?.includes('/etc/web.secret'));
      const area = label!.querySelector('textarea')!;
      area.value = '3a'.repeat(20);
      area.dispatchEvent(new Event('input', { bubbles: true }));
    });
    await says(page, '#replayed', 'nothing was decided');
  });

  it.each(['iptables.log', 'journal.export', 'journal.jsonl', 'ulogd.jsonl'])(
    'reads a pasted log, and the door opens: %s',
    async (name) => {
      const text = knockIn(pastedLog(name));
      await fill(page, '#rehearsal', 'doors', '[ssh]\nsequence = 7000,7001\nopen = tcp/22\n');
      await fill(page, '#rehearsal', 'packets', text);
      await says(page, '#replayed', 'opened tcp/22 for 30 s');
      await fillKnock(page, { kind: 'sequence', sequence: '7000,7001', open: 'tcp/22' });
      await fill(page, '#sighting', 'ports', text);
      await says(page, '#decoded', 'opened tcp/22 for 30 s');
    },
  );

  it('says that it has no tripwires', async () => {
    expect(await textOf(page, '#replay')).toContain('without tripwires');
  });

  it('names every field, and goes into a telephone’s width', async () => {
    const unnamed = await page.$$eval(
      'input, select, textarea',
      (fields) => fields.filter((field) => (field as HTMLInputElement).labels?.length !== 1).length,
    );
    expect(unnamed).toBe(0);
    await page.setViewport({ width: 390, height: 800 });
    for (const kind of ['sealed', 'legacy', 'totp', 'sequence'] as const) {
      await fillKnock(page, { kind });
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(width).toBe(390);
    }
  });

  it('can be used by the keyboard alone', async () => {
    await page.focus('#knock [name=kind]');
    await page.keyboard.press('Tab');
    const next = await page.evaluate(() => document.activeElement?.getAttribute('name'));
    expect(next).toBe('door');
  });

  it('asked nobody for anything but itself, and nothing went wrong', async () => {
    expect(lab.requests.filter((url) => !url.startsWith('data:'))).toEqual([served.url]);
    expect(lab.errors).toEqual([]);
  });

  it('is kept by its policy from asking: of whom ever', async () => {
    const outcome = await page.evaluate(async () => {
      const image = new Promise((done) => {
        const picture = new Image();
        picture.onload = () => done('loaded');
        picture.onerror = () => done('refused');
        picture.src = '/picture.png';
      });
      const fetched = await fetch(location.href).then(
        () => 'fetched',
        () => 'refused',
      );
      return [fetched, await image];
    });
    expect(outcome).toEqual(['refused', 'refused']);
  });
});

describe.skipIf(noBrowser)('the lab as one file', () => {
  const folder = new Folder();
  let chromium: Browser;
  beforeAll(async () => void (chromium = await browser()));
  afterAll(async () => {
    await chromium.close();
    folder[Symbol.dispose]();
  });

  it('works from the disk, with the door file that it was given', async () => {
    const keys = folder.write('keys', `alice ${'07'.repeat(32)}\n`);
    const text = `# </script><b>not ours</b>\n[ssh]\nencoded = sealed\nspan = 40000-40255\nkeys = ${keys}\nopen = tcp/22\n`;
    const doors = folder.write('doors.conf', text);
    const file = join(folder.path, 'lab.html');
    expect(postern(['lab', '--html', file, '--config', doors]).status).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { page, requests, errors } = await watched(chromium, pathToFileURL(file).href);
    expect(
      await page.$eval('#rehearsal [name=doors]', (field) => (field as HTMLTextAreaElement).value),
    ).toBe(text);
    await says(page, '#replayed', 'ENOENT');
    expect(await textOf(page, '#files')).toContain(keys);
    expect(requests.filter((url) => !url.startsWith('data:'))).toHaveLength(1);
    expect(errors).toEqual([]);
  });

  it('has keys in it only where they were asked for', () => {
    const key = 'ab'.repeat(32);
    const keys = folder.write('more', `alice ${key}\n`);
    const doors = folder.write(
      'more.conf',
      `[ssh]\nencoded = sealed\nspan = 40000-40255\nkeys = ${keys}\nopen = tcp/22\n`,
    );
    const write = (...more: string[]): string => {
      const file = join(folder.path, 'more.html');
      expect(postern(['lab', '--html', file, '-c', doors, ...more]).status).toBe(0);
      return readFileSync(file, 'utf8');
    };
    expect(write()).not.toContain(key);
    expect(write('--with-secrets')).toContain(key);
  });
});

describe('the lab’s page', () => {
  it('is changed by nothing that a file has in it', () => {
    const text = pageTextOf('</script><script>alert(1)</script>$&');
    expect(text).not.toContain('<script>alert');
    expect(text).toContain('\\u003c/script>\\u003cscript>alert(1)\\u003c/script>$&');
  });

  it('names no place on any net', () => {
    const page = readFileSync(DIST, 'utf8');
    const links = page.match(/(?:src|href)=["'](?!#|data:)[^"']*/g) ?? [];
    expect(links).toEqual([]);
  });
});

/** A log that has a knock at 7000 and 7001, or, where each line is an entry, its first line for both. */
function knockIn(text: string): string {
  if (text.startsWith('__CURSOR')) return text;
  const [first] = text.split('\n');
  return `${first}\n${first!.replace('7000', '7001')}\n`;
}

/** As `pageText` has it beside the built page. */
function pageTextOf(text: string): string {
  return pageText([['/x', text]], pathToFileURL(DIST));
}
