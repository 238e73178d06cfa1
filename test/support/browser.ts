import { existsSync } from 'node:fs';
import { launch, type Browser, type Page } from 'puppeteer-core';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) =>
  existsSync(path),
);

/** Why no page can be looked at here; undefined if one can. */
export const noBrowser: string | undefined =
  CHROMIUM !== undefined || process.env['CI'] !== undefined ? undefined : 'chromium is missing';

/** A headless Chromium. As root it has no sandbox of its own. */
export function browser(): Promise<Browser> {
  if (CHROMIUM === undefined) throw new Error('chromium is missing');
  return launch({ executablePath: CHROMIUM, headless: true, args: ['--no-sandbox'] });
}

/** A page, with all that it asked of anybody, and all that went wrong in it. */
export interface Watched {
  readonly page: Page;
  readonly requests: readonly string[];
  readonly errors: readonly string[];
}

/** Opens a page and waits until its script has run. */
export async function watched(from: Browser, url: string): Promise<Watched> {
  const page = await from.newPage();
  const requests: string[] = [];
  const errors: string[] = [];
  page.on('request', (request) => requests.push(request.url()));
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(url);
  await page.waitForSelector('#composed *');
  return { page, requests, errors };
}
