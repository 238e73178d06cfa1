import { accessSync, constants, statSync } from 'node:fs';
import { ConfigError, wholeFile } from './config-error.ts';
import type { Configuration } from './configuration.ts';
import { hasRing, hearsElsewhere, packetSourceText, type PacketSource } from './packet-source.ts';

/** What `check` warns of where packets are heard of otherwise than on interfaces. */
export function adviseOnSources(configuration: Configuration | undefined): ConfigError[] {
  if (configuration === undefined) return [];
  const { file, options } = configuration;
  const { sources } = options;
  const isDoubled = hasRing(sources) && hearsElsewhere(sources);
  const messages = [
    ...sources.flatMap((source) => troubleOf(source) ?? []),
    ...(isDoubled ? [DOUBLED] : []),
    ...(sources.every(({ kind }) => kind !== 'nflog') && options.nflogLimit !== undefined
      ? ['nflog_limit is for source = nflog:GROUP alone, and there is none']
      : []),
  ];
  const place = wholeFile(file);
  return messages.map(
    (message) => new ConfigError(message, { severity: 'warning', code: 'CONFIG_SOURCE', place }),
  );
}

const DOUBLED =
  'a packet that both a ring and another source hear is two knocks: let each reach one of them';

/** As the user that the check runs as sees it. */
function troubleOf(source: PacketSource): string | undefined {
  if (source.kind !== 'log') return undefined;
  const name = packetSourceText(source);
  const status = statSync(source.path, { throwIfNoEntry: false });
  if (status === undefined) return `source ${name} is not there: the daemon waits for it`;
  if (!status.isFile()) return `source ${name} is no file`;
  try {
    accessSync(source.path, constants.R_OK);
    return undefined;
  } catch {
    return `source ${name} can't be read by you; see docs/sources.md`;
  }
}
