/** Bytes that mean something together. */
export interface Part {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly meaning: string;
  /** The same number, the same colour: a field keeps its own from the text to the cipher. */
  readonly hue: number;
}

/** A message at one of its steps from what it says to what is sent. */
export interface Stage {
  readonly title: string;
  readonly parts: readonly Part[];
}

/** One packet of a knock. */
export interface Hit {
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  /** Of a ping the bytes of its data. */
  readonly port: number;
  /** How the port comes about. */
  readonly meaning: string;
}

/** A knock, explained. */
export interface Saying {
  readonly stages: readonly Stage[];
  readonly hits: readonly Hit[];
}

/** Something that was typed and can't be; the message is for who typed it. */
export class FormError extends Error {}

export function hexText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
