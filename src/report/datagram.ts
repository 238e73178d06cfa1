import { native } from '../native.ts';

/** A unix datagram socket of the addon: `send` never waits and gives 0 or an errno. */
export interface Datagram {
  send(message: Uint8Array): number;
  close(): void;
}

/** Connects, or throws a system error. A path that begins with a NUL is an abstract name. */
export function connectDatagram(path: string): Datagram {
  const addon = native() as unknown as { UnixDatagram: new (path: string) => Datagram };
  return new addon.UnixDatagram(path);
}
