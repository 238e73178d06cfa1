export { formatAddress, parseAddress, type Address } from './tuple/address.ts';
export type { TupleBatch } from './tuple/batch.ts';
export type { Door } from './door/door.ts';
export type { Decision } from './matcher/decision.ts';
export { CaptureError } from './source/capture-error.ts';
