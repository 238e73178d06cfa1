import { Signals } from './signals.ts';

const signals = new Signals();

const { launcher } = await import('./background.ts');
const { knockdMain } = await import('./knockd-main.ts');

const code = await knockdMain(process.argv.slice(2), launcher(), 'background', signals);
// Whoever launched us hears all before he hears of the end.
if (process.connected) {
  process.once('disconnect', () => process.exit(code));
  process.disconnect();
} else {
  process.exit(code);
}
