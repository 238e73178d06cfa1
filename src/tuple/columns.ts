/**
 * The columns of a tuple batch as this side expects them. The description itself stands in
 * native/batch/tuple_columns.h; src/native.ts compares the two when the addon is loaded.
 */
export const TUPLE_COLUMNS = [
  ['seconds', 'f64'],
  ['nanoseconds', 'u32'],
  ['source0', 'u32'],
  ['source1', 'u32'],
  ['source2', 'u32'],
  ['source3', 'u32'],
  ['target0', 'u32'],
  ['target1', 'u32'],
  ['target2', 'u32'],
  ['target3', 'u32'],
  ['key0', 'u32'],
  ['key1', 'u32'],
  ['frameLength', 'u32'],
  ['payloadOffset', 'u32'],
  ['payloadLength', 'u32'],
  ['sourcePort', 'u16'],
  ['port', 'u16'],
  ['vlan', 'u16'],
  ['interface', 'u16'],
  ['flags', 'u16'],
  ['protocol', 'u8'],
  ['traits', 'u8'],
  ['verdict', 'u8'],
] as const;

/** Where a packet ends; the order is that of native/batch/counter_columns.h. */
export const COUNTERS = [
  'wanted',
  'unwanted',
  'notIp',
  'cutLink',
  'linkDepth',
  'cutIp',
  'badIp',
  'badChecksum',
  'extensionLimit',
  'laterFragment',
  'otherProtocol',
  'cutTransport',
  'badTransport',
  'outgoing',
] as const;

export type CounterName = (typeof COUNTERS)[number];
