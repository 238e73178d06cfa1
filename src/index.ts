// Where tuples come from.
export { openRing, type RingOptions } from './source/ring.ts';
export { openCapture, type CaptureOptions } from './source/pcap.ts';
export { openNflog, type NflogOptions } from './source/nflog.ts';
export { followLog, type FollowLogOptions } from './source/log/follow-log.ts';
export { openLog, type LogOptions } from './source/log/log-file.ts';
export type { LogRules } from './source/log/log-decoder.ts';
export type { CaptureSource } from './source/decoded-source.ts';
export type { LineCounters, SourceCounters, TupleSource } from './source/source.ts';
export { CaptureError, type CaptureErrorCode } from './source/capture-error.ts';

// What a tuple is.
export {
  allocateBatch,
  NO_PAYLOAD,
  TRAIT,
  type TupleBatch,
  type TupleColumns,
} from './tuple/batch.ts';
export { formatAddress, parseAddress, type Address } from './tuple/address.ts';
export { AddressRanges, RangeBuilder } from './tuple/address-ranges.ts';
export type { CounterName } from './tuple/columns.ts';

// What is decided on them.
export type { Door, DoorCommands, OpenPorts } from './door/door.ts';
export type { EchoStep, PortStep, Step } from './door/step.ts';
export { loadConfiguration, type Loaded, type LoadOptions } from './config/load.ts';
export type { Configuration, Options } from './config/configuration.ts';
export { ConfigError, type ConfigErrorCode } from './config/config-error.ts';
export { compileDoors, type CompiledDoors, type CompileOptions } from './matcher/compile-doors.ts';
export { Matcher, type MatcherOptions } from './matcher/matcher.ts';
export type { TableMemory } from './matcher/table-memory.ts';
export { largePages } from './engine/large-pages.ts';
export type { MatcherStats } from './matcher/decision-log.ts';
export type { Decision, RefuseReason } from './matcher/decision.ts';
export type { Interest } from './matcher/interest.ts';

// Who opens doors.
export type { Firewall, Grant, Opening, Outcome } from './firewall/firewall.ts';
export { FirewallError } from './firewall/firewall-error.ts';
export { memoryFirewall, type MemoryFirewallOptions } from './firewall/memory.ts';
export { nftFirewall } from './firewall/nft/nft.ts';
export { removeTable } from './firewall/nft/remove-table.ts';
export type { NftFirewall } from './firewall/nft/nft-firewall.ts';
export type { NftFirewallOptions } from './firewall/nft/options.ts';
export type { Lists } from './firewall/nft/draw-lists.ts';
export { monotonicMs } from './firewall/clock.ts';

// The client.
export { knock, type KnockOptions, type KnockStep } from './client/knock.ts';
