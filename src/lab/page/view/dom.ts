type Child = Node | string;

/** An element with its attributes and its children. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** The element of the page that bears this name; the page has it. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}

export function button(text: string, onClick: () => void): HTMLButtonElement {
  const element = h('button', { type: 'button' }, text);
  element.addEventListener('click', onClick);
  return element;
}

/** Text as it stands, in lines of its own. */
export function lines(text: string, name = ''): HTMLPreElement {
  return h('pre', name === '' ? {} : { class: name }, text);
}

/** A table; a row's name is its class. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly { readonly cells: readonly string[]; readonly name?: string }[],
): HTMLElement {
  const body = rows.map(({ cells, name }) =>
    h('tr', name === undefined ? {} : { class: name }, ...cells.map((cell) => h('td', {}, cell))),
  );
  return h(
    'div',
    { class: 'table' },
    h(
      'table',
      {},
      ...(caption === '' ? [] : [h('caption', {}, caption)]),
      h('thead', {}, h('tr', {}, ...head.map((cell) => h('th', { scope: 'col' }, cell)))),
      h('tbody', {}, ...body),
    ),
  );
}

/** Puts text into a field as its user would. */
export function fill(form: HTMLFormElement, name: string, text: string): void {
  field(form, name).value = text;
}

/** What a field of a form holds. */
export function valueOf(form: HTMLFormElement, name: string): string {
  return field(form, name).value;
}

function field(form: HTMLFormElement, name: string): HTMLInputElement {
  return form.elements.namedItem(name) as HTMLInputElement;
}
