import type { HookCommands } from '../door/hooks.ts';
import type { ListOptions, Options, ScanRules } from './configuration.ts';
import type { OptionsDraft } from './drafts.ts';
import { packetSourceText, type PacketSource } from './packet-source.ts';
import type { Report } from './report.ts';
import type { Sections } from './sections.ts';
import { INTERFACE_RULE, isInterfaceName, items } from './values.ts';

/** What our own rules write in front of a packet, and `log_prefix` unless it is said. */
export const LOG_PREFIX = 'postern:';

/** The options that the `[options]` sections and the initial values amount to. */
export function toOptions(
  sections: Sections,
  resolve: (path: string) => string,
  report: Report,
): Options {
  const { options: draft, isCompat } = sections;
  const { logFile, nflogLimit, published, mark, user, controlSocket, controlGroup } = draft;
  return {
    interfaces: interfacesOf(sections, report),
    sources: distinctSources(draft.sources),
    logs: {
      prefixes: draft.logPrefixes.length > 0 ? draft.logPrefixes : [LOG_PREFIX],
      patterns: draft.logPatterns,
      trusted: draft.trustedLogs,
    },
    ...(nflogLimit === undefined ? {} : { nflogLimit }),
    ...(logFile === undefined ? {} : { logFile: resolve(logFile) }),
    pidFile: resolve(draft.pidFile!),
    useSyslog: draft.useSyslog,
    ...(user === undefined ? {} : { user }),
    compat: isCompat ? 'knockd' : undefined,
    trusted: draft.trusted,
    scans: scansOf(draft),
    lists: listsOf(draft),
    guardInterfaces: draft.guardInterfaces,
    ...(mark === undefined ? {} : { mark }),
    ...(published === 'auto' || published === undefined ? {} : { published: published === 'yes' }),
    firstStart: draft.firstStart!,
    maxAttempts: draft.maxAttempts!,
    workers: draft.workers!,
    maxGrants: draft.maxGrants!,
    eventLinesPerSecond: draft.eventLinesPerSecond!,
    onStop: draft.onStop!,
    onDoorRemoved: draft.onDoorRemoved!,
    owner: draft.owner!,
    hooks: hooksOf(draft),
    lostStop: draft.lostStop!,
    maxCommands: draft.maxCommands!,
    commandLimitSeconds: draft.commandLimitSeconds!,
    commandOutputBytes: draft.commandOutputBytes!,
    stateFolder: draft.stateFolder!,
    ...(controlSocket === 'none' ? {} : { controlSocket: controlSocket! }),
    ...(controlGroup === undefined ? {} : { controlGroup }),
  };
}

function scansOf(draft: OptionsDraft): ScanRules {
  const { scanPorts: ports, failAttempts: failures, scanBlockSeconds: blockSeconds } = draft;
  return {
    ...(ports === undefined ? {} : { ports }),
    ...(failures === undefined ? {} : { failures }),
    watch: draft.scanWatch ?? [],
    ...(blockSeconds === undefined ? {} : { blockSeconds }),
    blocksUnproven: draft.blockUnproven!,
    rightKnockUnblocks: draft.rightKnockUnblocks!,
  };
}

function listsOf(draft: OptionsDraft): ListOptions {
  const { allow, allowFiles, block, blockFiles, neverBlock } = draft;
  return {
    allow,
    allowFiles,
    block,
    blockFiles,
    scope: draft.blockScope!,
    hasCounters: draft.blockCounters!,
    neverBlock,
  };
}

/** A packet that is heard twice would be two knocks. */
export function distinctSources(sources: readonly PacketSource[]): readonly PacketSource[] {
  return [...new Map(sources.map((source) => [packetSourceText(source), source])).values()];
}

function hooksOf({ up, down, hookLimitSeconds }: OptionsDraft): HookCommands {
  return {
    ...(up === undefined || up === '' ? {} : { up }),
    ...(down === undefined || down === '' ? {} : { down }),
    limitSeconds: hookLimitSeconds!,
  };
}

/** 0.8 takes the first line's name and does not split it. A name that can't be is left to fail at the start. */
function interfacesOf({ options, isCompat }: Sections, report: Report): string[] {
  const lines = isCompat ? options.interfaceLines.slice(0, 1) : options.interfaceLines;
  const names = isCompat ? lines : lines.flatMap((line) => items(line));
  for (const name of names) {
    if (isInterfaceName(name.text)) continue;
    const message = `"${name.text}" can't be the name of an interface`;
    report.mistake(name, 'CONFIG_INVALID_VALUE', message, { hint: INTERFACE_RULE });
  }
  return [...new Set(names.map(({ text }) => text))];
}
