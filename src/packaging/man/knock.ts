import type { Program } from '../program.ts';
import { example, flagList, paragraphs, type Page } from './mdoc.ts';

/** knock(1) */
export function knockPage({ flags }: Program): Page {
  return {
    name: 'knock',
    section: 1,
    summary: 'knock at the ports of a host',
    body: [
      '.Sh SYNOPSIS',
      '.Nm',
      '.Op Ar options',
      '.Ar host',
      '.Ar port Ns Op : Ns Ar protocol',
      '.Ar ...',
      '.Nm',
      '.Op Ar options',
      '.Fl \\-door Ar NAME',
      '.Sh DESCRIPTION',
      '.Nm',
      ...paragraphs(
        'sends one SYN, or one datagram, to each port in its order. The protocol is tcp or udp, and tcp if none is given.',
      ),
      '.Sh OPTIONS',
      ...flagList(flags),
      '.Sh FILES',
      '.Bl -tag -width Ds',
      '.It Pa ~/.config/postern/doors',
      'Doors by their names, for',
      '.Fl \\-door .',
      '.El',
      '.Sh EXIT STATUS',
      ...paragraphs('0: everything was sent; with `--wait`, the port answers. 1: it was not.'),
      '.Sh EXAMPLES',
      ...example([
        'knock gw.example.net 41187 5023:udp 60311',
        'knock --wait 22 gw.example.net 41187 5023:udp 60311 && ssh gw.example.net',
      ]),
      '.Sh SEE ALSO',
      '.Xr knockd 8',
    ],
  };
}
