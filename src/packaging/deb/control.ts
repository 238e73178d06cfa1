/** What dpkg has to know of the package. */
export interface ControlOptions {
  readonly version: string;
  readonly architecture: string;
  readonly installedKib: number;
  readonly libraries: readonly string[];
}

export const MAINTAINER = 'Postern developers <postern@users.noreply.github.com>';

/** The package takes the place of Debian's knockd: the same names, the same configuration. */
export function controlText(options: ControlOptions): string {
  const fields = {
    Package: 'postern',
    Version: options.version,
    Architecture: options.architecture,
    Maintainer: MAINTAINER,
    'Installed-Size': options.installedKib,
    Depends: ['nodejs (>= 20.19)', 'passwd', ...options.libraries].join(', '),
    Recommends: 'nftables',
    Conflicts: 'knockd',
    Replaces: 'knockd',
    Provides: 'knockd',
    Section: 'net',
    Priority: 'optional',
    Description: 'port-knock daemon for busy hosts, a drop-in for knockd',
  };
  return `${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')}\n${DESCRIPTION}\n`;
}

const DESCRIPTION = [
  'Postern keeps ports of a host closed to the world, and opens them for the one',
  'address that knocked rightly, for a while. It takes packets off a kernel ring,',
  'opens doors in a table of nftables of its own, and leaves guarding them and',
  'closing them again to the kernel.',
  '.',
  'It reads knockd.conf, and comes with the commands knockd and knock.',
]
  .map((line) => ` ${line}`)
  .join('\n');
