/** /etc/default/knockd, as the package lays it down where there is none. */
export function defaultsFile(): string {
  return [
    '# Read by knockd.service, the unit for doors that run commands.',
    '',
    '# 1: it may start. Anything else: it does not.',
    'START_KNOCKD=1',
    '',
    '# Flags of knockd(8).',
    '#KNOCKD_OPTS="-i eth1"',
    '',
  ].join('\n');
}
