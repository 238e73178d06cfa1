import { native } from '../native.ts';
import { CaptureError, type CaptureErrorCode } from './capture-error.ts';
import type { NativeRing, NativeRingOptions } from './native-ring.ts';

/** Opens one ring; a failure is a `CaptureError` about the interface. `any` is all interfaces at once. */
export function openNativeRing(
  name: string,
  options: Omit<NativeRingOptions, 'interface'>,
): NativeRing {
  // For the addon no name is all interfaces.
  if (name === '') throw new CaptureError('CAPTURE_NO_INTERFACE', name, 'an interface has a name');
  const { Ring } = native() as unknown as {
    readonly Ring: new (options: NativeRingOptions) => NativeRing;
  };
  try {
    return new Ring({ ...options, interface: name === 'any' ? '' : name });
  } catch (cause) {
    if (cause instanceof TypeError || cause instanceof RangeError) throw cause;
    throw explain(name, cause as NodeJS.ErrnoException);
  }
}

const REASONS: Record<string, readonly [CaptureErrorCode, string]> = {
  ENODEV: ['CAPTURE_NO_INTERFACE', 'no such interface. See: ip -br link'],
  EPERM: [
    'CAPTURE_NO_PERMISSION',
    'capturing needs CAP_NET_RAW. Run as root, or: setcap cap_net_raw,cap_net_admin+ep $(readlink -f $(which node))',
  ],
  EACCES: ['CAPTURE_NO_PERMISSION', 'capturing needs CAP_NET_RAW'],
  ENOMEM: ['CAPTURE_FAILED', 'no memory for the ring; fewer slots may do'],
};

function explain(name: string, cause: NodeJS.ErrnoException): CaptureError {
  const [code, reason] = REASONS[cause.code ?? ''] ?? ['CAPTURE_FAILED', cause.message];
  return new CaptureError(code, name, reason, { cause });
}
