import { PLACES } from '../places.ts';
import type { Program } from '../program.ts';
import { example, flagList, paragraphs, prose, type Page } from './mdoc.ts';

/** knockd(8) */
export function knockdPage({ flags }: Program): Page {
  return {
    name: 'knockd',
    section: 8,
    summary: 'port-knock daemon, the drop-in for knockd 0.8',
    body: [
      '.Sh SYNOPSIS',
      '.Nm',
      '.Op Ar options',
      '.Sh DESCRIPTION',
      '.Nm',
      ...paragraphs(
        'listens on an interface for sequences of packets and opens a door, or runs a command, when somebody has sent one right to its end. It is the daemon of `postern run` under the command line, exit codes, messages and log lines of knockd 0.8.',
        'A long flag may be cut to any beginning that fits one flag alone. Operands are ignored.',
      ),
      '.Sh OPTIONS',
      ...flagList(flags),
      '.Sh SIGNALS',
      '.Bl -tag -width SIGTERM',
      '.It Dv SIGHUP',
      ...prose(
        'Reads the configuration again and opens the log again. A broken file changes nothing.',
      ),
      '.It Dv SIGTERM',
      ...prose('Ends. Stop commands that are still to run do so at their time.'),
      '.El',
      '.Sh FILES',
      '.Bl -tag -width Ds',
      `.It Pa ${PLACES.configuration}`,
      ...prose('The doors.'),
      `.It Pa ${PLACES.defaults}`,
      ...prose('`KNOCKD_OPTS`: flags of the unit. `START_KNOCKD`: whether it starts, 1 or 0.'),
      '.El',
      '.Sh EXIT STATUS',
      ...paragraphs(
        'After a signal its number: 2 or 15. 1: the configuration is wrong, or the start failed. 0: an unknown flag, as 0.8 has it.',
      ),
      '.Sh EXAMPLES',
      ...example(['knockd -d -i eth0', 'systemctl reload knockd']),
      '.Sh SEE ALSO',
      '.Xr knock 1 ,',
      '.Xr knockd.conf 5 ,',
      '.Xr postern 8',
    ],
  };
}
