import type { Socket } from 'node:net';
import { native } from '../native.ts';

/** Who is at the other end of a unix socket, by the kernel's word. */
export interface Peer {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** Throws where the connection is gone already. */
export function peerOf(socket: Socket): Peer {
  // Node has no public way to a socket's descriptor.
  const { _handle: handle } = socket as unknown as { _handle: { fd: number } | null };
  if (handle === null) throw new Error('the connection is closed');
  return (native() as unknown as PeerAddon).peerCredentials(handle.fd);
}

interface PeerAddon {
  peerCredentials(descriptor: number): Peer;
}
