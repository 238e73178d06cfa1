import type { OptionsDraft } from './drafts.ts';
import type { Fragment } from './lexer.ts';
import type { Report } from './report.ts';

/** Warns of directives about scanners that do nothing as the others stand. */
export function warnOfIdleScans(
  { scanPorts, failAttempts, scanBlockSeconds, blockUnproven }: OptionsDraft,
  places: ReadonlyMap<string, Fragment>,
  report: Report,
): void {
  const warn = (directive: string, why: string, hint: string): void => {
    const at = places.get(directive);
    if (at !== undefined) report.warning(at, 'CONFIG_SCANS', `${directive} ${why}`, { hint });
  };
  const isLookedFor = scanPorts !== undefined || failAttempts !== undefined;
  if (!isLookedFor) warn('scan_block', 'blocks nobody: nobody looks for scans', LOOK);
  else if (blockUnproven === false) {
    warn('scan_block', 'blocks nobody: what a scan leaves is no proof', UNPROVEN);
  }
  if (scanPorts === undefined) warn('scan_watch', 'means nothing without scan_ports', LOOK);
  if (scanBlockSeconds === undefined && blockUnproven === true) {
    warn('block_unproven', 'means nothing without scan_block', 'like scan_block = 1h');
  }
}

const LOOK = 'like scan_ports = 20 in 10s';
const UNPROVEN = 'it takes block_unproven = yes; docs/filtering.md says what that costs';
