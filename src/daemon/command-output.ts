import { fstatSync } from 'node:fs';
import { BoundedOutput } from '../firewall/command/bounded-output.ts';
import type { CommandOutput } from '../firewall/command/shell.ts';
import { hasNative, native } from '../native.ts';

/** What commands have of our streams. Where these lead nowhere, as in the background, nothing needs a bound. */
export function commandOutput(bytes: number): CommandOutput {
  if (bytes === 0 || !hasNative() || [1, 2].every(leadsNowhere)) return 'inherit';
  const { pipe } = native() as unknown as { pipe: () => [number, number] };
  return new BoundedOutput({
    bytes,
    makePipe: pipe,
    stdout: process.stdout,
    stderr: process.stderr,
  });
}

/** /dev/null is character device 1:3, whatever its path (Documentation/admin-guide/devices.txt). */
const DEV_NULL = 0x103;

function leadsNowhere(descriptor: number): boolean {
  return fstatSync(descriptor).rdev === DEV_NULL;
}
