/** /etc/knockd.conf, as the package lays it down where there is none: no door is open until one is written. */
export function sampleConfiguration(): string {
  return [
    '# The doors of this host; see knockd.conf(5). There is none until you write one.',
    '# Then `postern check` says what it thinks of it, and which unit to enable.',
    '',
    '[options]',
    '    UseSyslog',
    '#    trusted = 192.0.2.0/24',
    '',
    '# Choose ports of your own: a sequence that others know keeps nobody out. What `open`',
    '# names is shut for everybody who has not knocked, as soon as the daemon runs.',
    '#[ssh]',
    '#    sequence    = PORT,PORT:udp,PORT',
    '#    seq_timeout = 10',
    '#    tcpflags    = syn',
    '#    open        = tcp/22',
    '#    open_for    = 30s',
    '',
  ].join('\n');
}
