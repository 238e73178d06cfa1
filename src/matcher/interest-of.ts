import type { FlagTest } from '../tuple/flags.ts';
import { portOf, protocolOf, type CompiledDoor } from './compiled-door.ts';
import { usedKeys } from './encoded/used-keys.ts';
import type { Interest } from './interest.ts';

/** All of TCP and UDP. */
export const EVERY_PORT: Interest = {
  tcp: new Uint8Array(8192).fill(0xff),
  udp: new Uint8Array(8192).fill(0xff),
  icmp: false,
  icmp6: false,
  tcpFlags: { mask: 0, value: 0 },
};

/** What these doors want of the wire: their steps and tripwires, and the flags that all of them ask for. */
export function interestOf(doors: readonly CompiledDoor[]): Interest {
  const ports = { tcp: new Uint8Array(8192), udp: new Uint8Array(8192) };
  const echoes = { icmp: false, icmp6: false };
  for (const door of doors) {
    for (const key of [...door.steps, ...door.tripwires, ...usedKeys(door)]) {
      const [protocol, port] = [protocolOf(key), portOf(key)];
      if (protocol === 'tcp' || protocol === 'udp') ports[protocol][port >> 3]! |= 1 << (port & 7);
      else echoes[protocol] = true;
    }
  }
  return { ...ports, ...echoes, tcpFlags: commonFlags(doors) };
}

function commonFlags(doors: readonly CompiledDoor[]): FlagTest {
  const judged = doors.filter((door) =>
    [...door.steps, ...door.tripwires, ...usedKeys(door)].some((key) => protocolOf(key) === 'tcp'),
  );
  const [first, ...others] = judged;
  if (first === undefined) return { mask: 0, value: 0 };
  let mask = first.flagMask;
  for (const { flagMask, flagValue } of others) mask &= flagMask & ~(flagValue ^ first.flagValue);
  return { mask, value: first.flagValue & mask };
}
