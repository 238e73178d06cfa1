import { argumentVector, names, openFor, wakeCall } from './action-values.ts';
import { DAY, sets, type Directive } from './directive.ts';
import type { ActionDraft } from './drafts.ts';
import { duration, openPorts, wholeNumber } from './values.ts';

/** THE table, for `[action NAME]`. Each action does one thing, or is a list of others. */
export const ACTION: readonly Directive<ActionDraft>[] = [
  {
    name: 'open',
    since: 'postern',
    form: 'protocol/port[-port], ...',
    otherwise: 'nothing',
    help: 'Opens these ports for who knocked, beside those of the door. The grants go by the action’s name.',
    read: sets('open', openPorts),
  },
  {
    name: 'open_for',
    since: 'postern',
    form: 'duration, or until closed',
    initial: '30s',
    help: 'How long they stay open, as at a door.',
    read: openFor,
  },
  {
    name: 'open_prefix4',
    since: 'postern',
    form: 'prefix length',
    initial: '32',
    help: 'How much of an IPv4 address `open` goes by, from 16 to 32: opens for a network.',
    read: sets('openPrefix4', wholeNumber(16, 32)),
  },
  {
    name: 'open_prefix6',
    since: 'postern',
    form: 'prefix length',
    initial: '128',
    help: 'How much of an IPv6 address `open` goes by, from 48 to 128.',
    read: sets('openPrefix6', wholeNumber(48, 128)),
  },
  {
    name: 'close',
    since: 'postern',
    form: 'door, ... or all',
    otherwise: 'nothing',
    help: 'Ends what the source has at doors, or actions, of these names, and what waits for it there.',
    read: sets('close', names),
  },
  {
    name: 'ignore_for',
    since: 'postern',
    form: 'duration',
    otherwise: 'nothing',
    help: 'The source’s knocks are not looked at for so long, from 1s to 7d. 65,536 sources are remembered, until the daemon ends.',
    read: sets('ignoreSeconds', duration(1, 7 * DAY)),
  },
  {
    name: 'run',
    since: 'postern',
    form: 'a list of texts in quotes',
    otherwise: 'nothing',
    help: 'Runs a program with these arguments, without a shell, as `["/usr/bin/logger", "knocked", "%IP%"]`; `%IP%` in one is the source’s address. The limits on commands hold.',
    read: sets('run', argumentVector),
  },
  {
    name: 'wake',
    since: 'postern',
    form: 'MAC, or MAC via ADDRESS',
    otherwise: 'nothing',
    help: 'Sends a wake-on-LAN packet for this hardware address, by UDP port 9, to a broadcast address; 255.255.255.255 if none is named. At most one a second for each machine.',
    read: sets('wake', wakeCall),
  },
  {
    name: 'delay',
    since: 'postern',
    form: 'duration',
    initial: '0',
    help: 'How long after the knock, from 10ms to 7d. A restart does not forget it; closing the door, or a door or action that is no more, cancels it.',
    read: sets('delaySeconds', duration(0.01, 7 * DAY, 'or zero')),
  },
  {
    name: 'then',
    since: 'postern',
    form: 'action, ...',
    otherwise: 'nothing',
    help: 'Actions that follow this one, their delays counted from it.',
    read: sets('then', names),
  },
];
