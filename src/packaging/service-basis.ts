import { USER } from './places.ts';
import type { Section } from './unit.ts';

/** What both units of the daemon have in common. */
export function serviceBasis(): { readonly Unit: Section; readonly Service: Section } {
  return {
    Unit: {
      After: 'network-online.target postern-guard.service',
      Wants: 'network-online.target postern-guard.service',
    },
    Service: {
      Type: 'notify',
      ExecReload: "/bin/sh -c 'kill -HUP $MAINPID'",
      WatchdogSec: '30',
      Restart: 'on-failure',
      UnsetEnvironment: 'NODE_OPTIONS NODE_PATH',
      StateDirectory: USER,
      StateDirectoryMode: '0700',
      RuntimeDirectory: USER,
    },
  };
}
