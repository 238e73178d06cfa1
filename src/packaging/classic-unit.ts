import { PLACES, type Starts } from './places.ts';
import { serviceBasis } from './service-basis.ts';
import { unitText } from './unit.ts';

/**
 * The daemon for doors that run commands, as root, under the name that knockd's package gave its unit, so
 * that `systemctl reload knockd` goes on working. With `user =` it gives root away by itself, which is
 * what most of the capabilities are for.
 */
export function classicUnit({ knockd }: Starts): string {
  const basis = serviceBasis();
  return unitText({
    about: [
      'For configurations whose doors run commands. `postern check` names the unit that fits a',
      `configuration; the other one is postern.service. ${PLACES.defaults} has its flags, and`,
      'START_KNOCKD in it must be 1, or not be given.',
    ],
    Unit: {
      Description: 'Port-knock daemon (Postern, with commands)',
      ...basis.Unit,
      Documentation: 'man:knockd(8) man:knockd.conf(5)',
      Conflicts: 'postern.service',
    },
    Service: {
      ...basis.Service,
      EnvironmentFile: `-${PLACES.defaults}`,
      ExecCondition: `/bin/sh -c '[ "$\${START_KNOCKD-1}" = 1 ]'`,
      ExecStart: `${knockd} $KNOCKD_OPTS`,
      SuccessExitStatus: '0 2 15',
      // Stop commands that are still to run have a process of their own, which outlives the daemon.
      KillMode: 'process',
      CapabilityBoundingSet: CAPABILITIES,
      // Not `full`: commands may change rules that ufw and others keep in /etc.
      ProtectSystem: 'yes',
    },
    Install: { WantedBy: 'multi-user.target', Also: 'postern-guard.service' },
  });
}

/** Capturing and firewalls, with modules that iptables loads; then what giving root away takes. */
const CAPABILITIES = [
  'CAP_NET_RAW CAP_NET_ADMIN CAP_SYS_MODULE',
  'CAP_SETUID CAP_SETGID CAP_SETPCAP CAP_CHOWN CAP_FOWNER CAP_KILL CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH',
];
