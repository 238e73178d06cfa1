import type { Page } from 'puppeteer-core';
import type { KnockForm } from '../../src/lab/page/model/knock-form.ts';

/** Fills the composer in as a person would. */
export async function fillKnock(page: Page, form: Partial<KnockForm>): Promise<void> {
  const { kind, ...rest } = form;
  if (kind !== undefined) await page.select('#knock [name=kind]', kind);
  for (const [name, value] of Object.entries(rest)) await fill(page, '#knock', name, value);
}

/** Puts a text into a field of a form, and lets the page hear of it. */
export async function fill(page: Page, form: string, name: string, value: string): Promise<void> {
  await page.$eval(
    `${form} [name=${name}]`,
    (field, text) => {
      (field as unknown as { value: string }).value = text;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    },
    value,
  );
}

export function textOf(page: Page, selector: string): Promise<string> {
  return page.$eval(selector, (element) => element.textContent ?? '');
}

/** Waits until an element says so. */
export async function says(page: Page, selector: string, words: string): Promise<void> {
  await page.waitForFunction(
    (where, what) => document.querySelector(where)?.textContent?.includes(what) === true,
    { timeout: 10_000 },
    selector,
    words,
  );
}

export async function press(page: Page, text: string): Promise<void> {
  await page.locator(`::-p-text(${text})`).click();
}

/** Ports of the composed knock, less the span's first one. */
export async function offsets(page: Page, first: number): Promise<number[]> {
  const ports = (await textOf(page, '#ports')).split(' ');
  return ports.map((port) => Number.parseInt(port) - first);
}
