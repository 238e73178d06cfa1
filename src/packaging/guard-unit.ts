import { PLACES } from './places.ts';
import { unitText } from './unit.ts';

const GUARD = `${PLACES.state}/guard.nft`;

/**
 * Shuts the guarded ports before the network is up. It runs nft alone: neither a broken configuration nor
 * a missing node leaves them open. A table that stands, with a daemon's grants in it, is left alone; and
 * should one come up between the two commands, nft refuses the text as a whole, since it begins with `create`.
 */
const LOAD = `[ ! -e ${GUARD} ] || nft list table inet postern >/dev/null 2>&1 || exec nft -f ${GUARD}`;

const IS_THERE = 'nft list tables | grep -qx "table inet postern"';

/**
 * Puts the guard back when somebody flushes it away while no daemon is there to do so. A daemon is faster,
 * and makes of either table its own. It asks for the names of tables alone, once a second: whoever listens
 * for changes has the kernel make news of every opening. What can't be loaded is tried once a minute, but
 * for a daemon that was faster.
 */
const WATCH =
  `while sleep 1; do [ ! -e ${GUARD} ] || ` +
  `${IS_THERE} || nft -f ${GUARD} || ${IS_THERE} || sleep 59; done`;

/** Behind nftables.service, whose file as a rule flushes the whole ruleset. */
export function guardUnit(): string {
  return unitText({
    about: [
      'Loads the guard that stood last, before the network is up, and again whenever its table is',
      'missing. The daemon keeps its text; it takes the table over when it starts.',
    ],
    Unit: {
      Description: 'Last good guard of Postern',
      Documentation: 'man:postern(8)',
      DefaultDependencies: 'no',
      RequiresMountsFor: PLACES.state,
      After: 'local-fs.target nftables.service',
      Before: 'network-pre.target shutdown.target',
      Wants: 'network-pre.target',
      Conflicts: 'shutdown.target',
    },
    Service: {
      Type: 'exec',
      ExecStartPre: `-/bin/sh -c '${LOAD}'`,
      ExecStart: `/bin/sh -c '${WATCH}'`,
      Restart: 'always',
      RestartSec: '1',
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
