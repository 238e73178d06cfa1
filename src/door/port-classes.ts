import type { PortRange } from './encoded.ts';

/**
 * The three ranges of ports (RFC 6335, section 6) by names that a span may have. Port 0 is nobody's.
 */
export const PORT_CLASSES: Readonly<Record<string, PortRange>> = {
  'well-known': { from: 1, to: 1023 },
  registered: { from: 1024, to: 49_151 },
  dynamic: { from: 49_152, to: 65_535 },
};
