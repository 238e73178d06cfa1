import type { Configuration } from '../config/configuration.ts';
import type { ReloadAnswer } from '../control/answers.ts';
import type { Event } from '../report/event.ts';
import type { LinkReport } from './link-report.ts';
import type { LiveFirewallOptions } from './live-firewall.ts';

/** What a daemon is started with, and who is told of what. */
export interface DaemonOptions extends LiveFirewallOptions {
  readonly configuration: Configuration;
  readonly interfaces: readonly string[];
  /** Nobody has named an interface: they go along with the default route. */
  readonly followsRoute: boolean;
  /** Leave IPv6 out altogether. */
  readonly onlyIpv4: boolean;
  readonly report: (event: Event) => void;
  readonly reportSuppressed: (count: number) => void;
  /** Told when an interface comes, goes, or changes its addresses. */
  readonly onLink: (news: LinkReport) => void;
  /** A line for people: warnings and what was taken over. */
  readonly say: (line: string) => void;
  /** A line for stderr and the log, in 0.8's words. */
  readonly complain: (line: string) => void;
  /** A line for stderr alone, in 0.8's words. */
  readonly remark: (line: string) => void;
  /** Reads the file again and takes it on, or throws a `ControlError`; undefined: nobody may ask for it. */
  readonly onReload?: (allowUnguard: boolean) => Promise<ReloadAnswer>;
  /** A line of `-D`; undefined: nobody wants them. */
  readonly debug?: ((line: string) => void) | undefined;
}
