#!/usr/bin/env node
// Before anything else is loaded: until somebody listens, USR1 has node open its inspector.
process.on('SIGUSR1', () => {});

const { knockdMain } = await import('./knockd-main.ts');
const { OWN_STREAMS } = await import('./caller.ts');
const { endQuietlyOnClosedPipe } = await import('./terminal.ts');

endQuietlyOnClosedPipe();
// Commands that still run are not waited for: they have sessions of their own.
process.exit(await knockdMain(process.argv.slice(2), OWN_STREAMS, 'foreground'));

export {};
