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

/** The user that the daemon is where nothing needs root. */
export const USER = 'postern';
