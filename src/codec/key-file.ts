import { readFileSync, statSync } from 'node:fs';

/** A client, and the key it shares with a door. */
export interface ClientKey {
  readonly name: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

/** Why a file of secrets can't be used; the message begins with its path. */
export class KeyFileError extends Error {
  readonly code = 'KEY_FILE';
}

/** Each client costs a look at every whole knock. */
const MOST_CLIENTS = 256;

/** A file of lines `NAME KEY`, the key as 64 hexadecimal digits; `#` begins a remark. */
export function readKeyFile(path: string): ClientKey[] {
  const clients: ClientKey[] = [];
  for (const { text, number } of secretLines(path)) {
    const [name, digits, ...more] = text.split(/\s+/);
    const key = keyOf(digits ?? '');
    if (name === undefined || key === undefined || more.length > 0) {
      throw new KeyFileError(`${path}:${number}: not NAME and a key of 64 hexadecimal digits`);
    }
    const twin = clients.find((other) => other.name === name && key.equals(other.key));
    if (twin !== undefined) throw new KeyFileError(`${path}:${number}: the key of ${name} again`);
    clients.push({ name, key });
  }
  if (clients.length === 0) throw new KeyFileError(`${path}: no keys in it`);
  if (clients.length > MOST_CLIENTS) {
    throw new KeyFileError(`${path}: ${clients.length} keys; a door takes ${MOST_CLIENTS}`);
  }
  return clients;
}

/** 32 bytes from 64 hexadecimal digits, or undefined. */
export function keyOf(digits: string): Buffer | undefined {
  return /^[0-9a-f]{64}$/i.test(digits) ? Buffer.from(digits, 'hex') : undefined;
}

/** The secret of one-time codes: base32, as authenticators have it, or hexadecimal digits. */
export function readSecret(path: string): Uint8Array {
  const [line, ...more] = secretLines(path);
  const secret = line === undefined ? undefined : secretOf(line.text);
  if (secret === undefined || more.length > 0 || secret.length < 16) {
    throw new KeyFileError(
      `${path}: not one secret of at least 16 bytes, in base32 or hexadecimal`,
    );
  }
  return secret;
}

/** The first line of a file, whole: a passphrase may have blanks in it. */
export function readPassphrase(path: string): string {
  const [line] = readSecretFile(path).split(/\r?\n/);
  if (line === undefined || line === '') throw new KeyFileError(`${path}: no passphrase in it`);
  return line;
}

function secretOf(text: string): Uint8Array | undefined {
  const plain = text.replaceAll(/[\s-]/g, '');
  if (/^([0-9a-f]{2})+$/i.test(plain)) return Buffer.from(plain, 'hex');
  return /^[a-z2-7]+=*$/i.test(plain)
    ? fromBase32(plain.replaceAll('=', '').toUpperCase())
    : undefined;
}

/** RFC 4648; bits that fill no byte are dropped. */
function fromBase32(text: string): Uint8Array {
  const bits = [...text]
    .map((digit) => BASE32.indexOf(digit).toString(2).padStart(5, '0'))
    .join('');
  return Uint8Array.from({ length: Math.floor(bits.length / 8) }, (_, at) =>
    Number.parseInt(bits.slice(at * 8, at * 8 + 8), 2),
  );
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function secretLines(path: string): { text: string; number: number }[] {
  return readSecretFile(path)
    .split('\n')
    .map((line, at) => ({ text: line.replace(/#.*/, '').trim(), number: at + 1 }))
    .filter(({ text }) => text !== '');
}

const FOR_OTHERS = 0o077;

/** Whoever can read a key can knock, so a file that others can read is none. */
function readSecretFile(path: string): string {
  try {
    const { mode } = statSync(path);
    if ((mode & FOR_OTHERS) !== 0) {
      const shown = (mode & 0o777).toString(8).padStart(4, '0');
      throw new KeyFileError(`${path}: mode ${shown} lets others at it; do: chmod 600 ${path}`);
    }
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (error instanceof KeyFileError) throw error;
    throw new KeyFileError((error as Error).message);
  }
}
