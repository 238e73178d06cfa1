import { PLACES, USER, type Starts } from './places.ts';
import { serviceBasis } from './service-basis.ts';
import { unitText } from './unit.ts';

const CAPABILITIES = 'CAP_NET_RAW CAP_NET_ADMIN';

/**
 * The daemon for doors that only `open`: a user of its own and two capabilities. What it may not have:
 * `MemoryDenyWriteExecute`, since V8 compiles to memory that it then runs; `ProcSubset=pid`, since grants
 * are told from those of another boot by /proc/sys/kernel/random/boot_id.
 */
export function nftUnit({ postern }: Starts): string {
  const basis = serviceBasis();
  return unitText({
    about: [
      'For configurations whose doors open ports and run no commands. `postern check` names',
      'the unit that fits a configuration; the other one is knockd.service. Flags may stand in',
      '/etc/default/postern, as POSTERN_OPTS="-i eth1".',
    ],
    Unit: {
      Description: 'Port-knock daemon (Postern)',
      ...basis.Unit,
      Documentation: 'man:postern(8) man:knockd.conf(5)',
      Conflicts: 'knockd.service',
    },
    Service: {
      ...basis.Service,
      EnvironmentFile: '-/etc/default/postern',
      ExecStart: `${postern} run -c ${PLACES.configuration} $POSTERN_OPTS`,
      RestartPreventExitStatus: '2',
      User: USER,
      Group: USER,
      AmbientCapabilities: CAPABILITIES,
      CapabilityBoundingSet: CAPABILITIES,
      RuntimeDirectoryMode: '0750',
      LogsDirectory: USER,
      LogsDirectoryMode: '0750',
      UMask: '0077',
      NoNewPrivileges: 'yes',
      LockPersonality: 'yes',
      PrivateDevices: 'yes',
      PrivateMounts: 'yes',
      PrivateTmp: 'yes',
      ProtectClock: 'yes',
      ProtectControlGroups: 'yes',
      ProtectHome: 'yes',
      ProtectHostname: 'yes',
      ProtectKernelLogs: 'yes',
      ProtectKernelModules: 'yes',
      ProtectKernelTunables: 'yes',
      ProtectProc: 'invisible',
      ProtectSystem: 'strict',
      RemoveIPC: 'yes',
      RestrictAddressFamilies: 'AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET',
      RestrictNamespaces: 'yes',
      RestrictRealtime: 'yes',
      RestrictSUIDSGID: 'yes',
      SystemCallArchitectures: 'native',
      SystemCallErrorNumber: 'EPERM',
      SystemCallFilter: SYSTEM_CALLS,
    },
    Install: { WantedBy: 'multi-user.target', Also: 'postern-guard.service' },
  });
}

/** V8 guards its code by memory keys (`@pkey`), and what is left of rights is given away by `capset`. */
const SYSTEM_CALLS = [
  '@system-service @pkey',
  '~@clock @cpu-emulation @debug @module @mount @obsolete @privileged @raw-io @reboot @resources @swap',
  'capset',
];
