import { PLACES } from './places.ts';
import { unitText } from './unit.ts';

const GUARD = `${PLACES.state}/guard.nft`;

/**
 * Shuts the guarded ports before the network is up. It runs nft alone: neither a broken configuration nor
 * a missing node leaves them open. A table that stands, with a daemon's grants in it, is left alone; and
 * should one come up between the two commands, nft refuses the text as a whole, since it begins with `create`.
 */
const GUARD_COMMAND = `nft list table inet postern >/dev/null 2>&1 || exec nft -f ${GUARD}`;

/** Behind nftables.service, whose file as a rule flushes the whole ruleset. */
export function guardUnit(): string {
  return unitText({
    about: [
      'Loads the guard that stood last, before the network is up. The daemon keeps its text;',
      'it takes the table over when it starts.',
    ],
    Unit: {
      Description: 'Last good guard of Postern',
      Documentation: 'man:postern(8)',
      DefaultDependencies: 'no',
      RequiresMountsFor: PLACES.state,
      ConditionPathExists: GUARD,
      After: 'local-fs.target nftables.service',
      Before: 'network-pre.target shutdown.target',
      Wants: 'network-pre.target',
      Conflicts: 'shutdown.target',
    },
    Service: {
      Type: 'oneshot',
      RemainAfterExit: 'yes',
      ExecStart: `/bin/sh -c '${GUARD_COMMAND}'`,
      CapabilityBoundingSet: 'CAP_NET_ADMIN CAP_DAC_READ_SEARCH',
      NoNewPrivileges: 'yes',
      ProtectSystem: 'strict',
      ProtectHome: 'yes',
      PrivateDevices: 'yes',
      RestrictAddressFamilies: 'AF_UNIX AF_NETLINK',
      SystemCallArchitectures: 'native',
      MemoryDenyWriteExecute: 'yes',
    },
    Install: { WantedBy: 'sysinit.target' },
  });
}
