#!/usr/bin/env node
import { postern } from './postern.ts';
import { endQuietlyOnClosedPipe } from './terminal.ts';

endQuietlyOnClosedPipe();
process.exitCode = await postern(process.argv.slice(2));
