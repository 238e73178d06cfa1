/** A file of the package. */
export type Entry =
  | { readonly path: string; readonly mode: number; readonly content: string | Uint8Array }
  | { readonly path: string; readonly link: string };

export function file(path: string, content: string | Uint8Array, mode = 0o644): Entry {
  return { path, mode, content };
}
