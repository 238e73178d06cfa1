import type { Configuration } from '../config/configuration.ts';
import { hasRing } from '../config/packet-source.ts';
import { defaultInterface } from '../daemon/default-interface.ts';
import type { KnockdFlags } from './knockd-flags.ts';

/** 0.8 knows one interface, and eth0 if nobody names one. Without a ring all of them count. */
export function interfacesOf(flags: KnockdFlags, configuration: Configuration): readonly string[] {
  if (!hasRing(configuration.options.sources)) return ['any'];
  const named = namedInterfaces(flags, configuration);
  if (named.length > 0) return named;
  const isCompat = configuration.options.compat === 'knockd';
  return [(isCompat ? undefined : defaultInterface()) ?? 'eth0'];
}

/** `-i` beats the file. */
export function namedInterfaces(flags: KnockdFlags, { options }: Configuration): readonly string[] {
  if (flags.interface === undefined) return options.interfaces;
  return options.compat === 'knockd' ? [flags.interface] : flags.interface.split(',');
}
