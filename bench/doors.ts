import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one run's files. */
export function workFolder(): string {
  return mkdtempSync(join(tmpdir(), 'postern-bench-'));
}

/** The door of all cases, as Postern reads it. */
export function posternDoors(folder: string, more: readonly string[] = []): string {
  const file = join(folder, 'postern.conf');
  writeFileSync(
    file,
    [
      '[options]',
      `state_folder = ${folder}/state`,
      'control_socket = none',
      ...more,
      '[ssh]',
      'sequence = 7000,8000,9000',
      'seq_timeout = 5',
      'tcpflags = syn',
      'open = tcp/22',
      'open_for = 60s',
      '',
    ].join('\n'),
  );
  return file;
}

/** The same for knockd, which runs `command` for %IP%. */
export function knockdDoors(folder: string, command: string): string {
  const file = join(folder, 'knockd.conf');
  writeFileSync(
    file,
    [
      '[ssh]',
      'sequence = 7000,8000,9000',
      'seq_timeout = 5',
      'tcpflags = syn',
      `start_command = ${command}`,
      '',
    ].join('\n'),
  );
  return file;
}
