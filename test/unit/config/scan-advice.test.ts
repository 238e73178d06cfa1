import { describe, expect, it } from 'vitest';
import { parseConfiguration } from '../../../src/config/load.ts';

const DOOR = '[ssh]\nsequence = 9000,7000,8000\n';

function warnings(...lines: string[]): string[] {
  const { problems } = parseConfiguration(`[options]\n${lines.join('\n')}\n${DOOR}`, 'f');
  return problems.map(({ line, severity, message }) => `${line} ${severity}: ${message}`);
}

describe('directives about scanners', () => {
  it.each([
    [
      'a block on evidence that nobody takes',
      ['scan_ports = 20 in 10s', 'scan_block = 1h'],
      '3 warning: scan_block blocks nobody: what a scan leaves is no proof',
    ],
    [
      'a block where nobody looks',
      ['block_unproven = yes', 'scan_block = 1h'],
      '3 warning: scan_block blocks nobody: nobody looks for scans',
    ],
    [
      'ports that nobody counts',
      ['fail_attempts = 10 in 10m', 'scan_watch = 1-1024'],
      '3 warning: scan_watch means nothing without scan_ports',
    ],
    [
      'leave to block without a time',
      ['scan_ports = 20 in 10s', 'block_unproven = yes'],
      '3 warning: block_unproven means nothing without scan_block',
    ],
  ])('are warned of where they do nothing: %s', (_, lines, warning) => {
    expect(warnings(...lines)).toEqual([warning]);
  });

  it.each([
    [['scan_ports = 20 in 10s', 'scan_watch = well-known']],
    [['scan_ports = 20 in 10s', 'block_unproven = yes', 'scan_block = 1h']],
    [['fail_attempts = 10 in 10m', 'block_unproven = yes', 'scan_block = 1h']],
    [['fail_attempts = 10 in 10m', 'block_unproven = no']],
  ])('are silent where they do something: %j', (lines) => {
    expect(warnings(...lines)).toEqual([]);
  });
});
