#!/usr/bin/env node
import { leaveIdleHeap } from './idle-heap.ts';
import { Signals } from './signals.ts';

// Before anything else is loaded, which takes most of a start: TERM ends with its number at any moment.
const signals = new Signals();

leaveIdleHeap();
const { knockdMain } = await import('./knockd-main.ts');
const { OWN_STREAMS } = await import('./caller.ts');
const { endQuietlyOnClosedPipe } = await import('./terminal.ts');

endQuietlyOnClosedPipe();
// Commands that still run are not waited for: they have sessions of their own.
process.exit(await knockdMain(process.argv.slice(2), OWN_STREAMS, 'foreground', signals));
