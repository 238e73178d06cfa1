import type { Door } from 'postern';

/** A door with every directive's own value, which cases change where it matters to them. */
export const BENCH_DOOR: Door = {
  name: 'ssh',
  steps: [{ protocol: 'tcp', port: 7000 }],
  windowSeconds: 5,
  flags: { mask: 0, value: 0 },
  vlan: 0,
  open: [],
  openForSeconds: 30,
  openPrefix4: 32,
  openPrefix6: 128,
  onExpire: 'leave',
  renews: true,
  guard: true,
  onWrongPort: 'reset',
  ignoreRepeats: true,
  attemptsPerSource: 2,
  tripwireHoldSeconds: 2,
  wholeSeconds: false,
};
