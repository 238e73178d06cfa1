/** Where an installed Postern has its things; units, pages and the package agree by these. */
export const PLACES = {
  program: '/usr/lib/postern',
  node: '/usr/bin/node',
  postern: '/usr/sbin/postern',
  knockd: '/usr/sbin/knockd',
  knock: '/usr/bin/knock',
  units: '/usr/lib/systemd/system',
  configuration: '/etc/knockd.conf',
  defaults: '/etc/default/knockd',
  state: '/var/lib/postern',
  logs: '/var/log/postern',
  run: '/run/postern',
} as const;

/** How units start the daemon. */
export interface Starts {
  readonly postern: string;
  readonly knockd: string;
}

/** By the names that the package gives them; or, from elsewhere, by node and the scripts of that folder. */
export function startsFrom(program: string, node: string): Starts {
  if (program === PLACES.program) return PLACES;
  const script = (name: string): string => `${node} ${program}/dist/cli/${name}.js`;
  return { postern: script('main'), knockd: script('knockd') };
}

/** The user that the daemon is where nothing needs root. */
export const USER = 'postern';
