/* Stands in the page for `node:path`, where every relative path begins at the root. */

export function resolve(...parts: readonly string[]): string {
  const last = parts.findLastIndex((part) => isAbsolute(part));
  return normal(parts.slice(Math.max(0, last)));
}

export function join(...parts: readonly string[]): string {
  return normal(parts);
}

export function dirname(path: string): string {
  return normal([path, '..']);
}

export function isAbsolute(path: string): boolean {
  return path.startsWith('/');
}

function normal(parts: readonly string[]): string {
  const names: string[] = [];
  for (const name of parts.flatMap((part) => part.split('/'))) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return `/${names.join('/')}`;
}
