#!/usr/bin/env node
import { leaveIdleHeap } from './idle-heap.ts';

leaveIdleHeap();

const { postern } = await import('./postern.ts');
const { endQuietlyOnClosedPipe } = await import('./terminal.ts');

endQuietlyOnClosedPipe();
process.exitCode = await postern(process.argv.slice(2));
