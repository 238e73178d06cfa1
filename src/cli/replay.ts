import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { largePages } from '../engine/large-pages.ts';
import { Rehearsal } from '../engine/rehearsal.ts';
import type { Event } from '../report/event.ts';
import { jsonOutput, readableOutput } from './replay-output.ts';
import { ReplaySummary } from './replay-summary.ts';
import type { CaptureWorkers, CaptureWorkersOptions } from '../engine/workers/capture-workers.ts';
import { parseWorkers, workersFor } from './replay-workers.ts';
import { pacedSource } from '../source/paced.ts';
import { openRecording, type RecordingFormat } from '../source/recording.ts';
import { allTexts, configFlags, isSet, lastText, type Command, type Flags } from './command.ts';
import { EXIT } from './exit-code.ts';
import { saySlowReader } from './slow-reader.ts';
import { loadOrExplain } from './load.ts';
import { UsageError } from './usage-error.ts';
import { Progress, type Counted } from './progress.ts';
import { say } from './terminal.ts';

export const replay: Command = {
  example: ['$0 replay office.pcapng -c knockd.conf', 'what the doors would have done'],
  flags: (parser: Argv) =>
    configFlags(parser)
      .positional('files', {
        type: 'string',
        describe: 'pcap, pcapng, or a firewall’s log, .gz too; - is standard input',
        array: true,
      })
      .demandOption('config')
      .option('format', {
        type: 'string',
        choices: ['auto', 'capture', 'log'],
        default: 'auto',
        describe: 'what the files are',
      })
      .option('trust', {
        type: 'boolean',
        describe: 'believe all lines of logs, not the kernel’s alone',
      })
      .option('json', { type: 'boolean', describe: 'one object a line' })
      .option('speed', {
        type: 'string',
        requiresArg: true,
        default: 'max',
        describe: 'max, or a factor of real time',
      })
      .option('workers', {
        type: 'string',
        requiresArg: true,
        default: '1',
        describe: 'threads that share out the sources of one capture, or auto',
      })
      .option('seed', {
        type: 'string',
        requiresArg: true,
        describe: "tripwires' seed, as the daemon has it",
      })
      .option('progress', {
        type: 'string',
        choices: ['auto', 'always', 'never'],
        default: 'auto',
        describe: 'bar on stderr',
      }),
  run: async (flags) => {
    saySlowReader();
    const configuration = loadOrExplain(flags);
    if (configuration === undefined) return EXIT.failed;
    const { doors, options } = configuration;
    using rehearsal = new Rehearsal(configuration, {
      seed: lastText(flags, 'seed'),
      memory: largePages(),
    });
    for (const problem of rehearsal.problems) say(problem.format());
    const output = isSet(flags, 'json') ? jsonOutput() : readableOutput();
    const speed = parseSpeed(lastText(flags, 'speed')!);
    const hasOneTime = doors.some(({ oneTimeSequences }) => oneTimeSequences !== undefined);

    const files = allTexts(flags, 'files');
    const asked = parseWorkers(lastText(flags, 'workers')!);
    const isPaced = speed !== undefined;

    for (const file of files) {
      const summary = new ReplaySummary(file);
      const { prefixes, patterns, trusted } = options.logs;
      const reader = {
        interest: rehearsal.interest,
        // A door that changes its sequence changes what is read from the next packet on.
        ...(speed === undefined && !hasOneTime ? {} : { capacity: 1 }),
        rules: {
          prefixes,
          patterns,
          trusts: isSet(flags, 'trust') || trusted.includes(resolve(file)),
        },
      };
      await using source = await openRecording(file, reader, formatOf(flags));
      const isLog = source.counters().lines !== undefined;
      const replayed = { files, doors, compat: options.compat, isLog, isPaced };
      const workers = workersFor(asked, replayed);
      const shared =
        workers === 1 ? undefined : await captureWorkers({ ...rehearsal.sharable, file, workers });
      const counted = shared ?? source;
      const progress = progressFor(counted, flags);
      const report = (event: Event): void => {
        summary.count(event);
        output.event(event);
      };
      const paced = speed === undefined ? source : pacedSource(source, speed);
      let isWhole = false;
      try {
        const room = (): Promise<unknown> | undefined => output.room();
        await rehearsal.run(source, report, { paced, matching: shared, room });
        isWhole = true;
      } finally {
        progress?.end();
        if (isWhole || hasRead(counted)) output.end(summary, counted.counters());
      }
    }
    return EXIT.done;
  },
};

/** Most replays have none, and so do not load them. */
async function captureWorkers(options: CaptureWorkersOptions): Promise<CaptureWorkers> {
  const { CaptureWorkers } = await import('../engine/workers/capture-workers.ts');
  return new CaptureWorkers(options);
}

/** `auto` is undefined: the file's first bytes tell. */
function formatOf(flags: Flags): RecordingFormat | undefined {
  const format = lastText(flags, 'format');
  return format === 'capture' || format === 'log' ? format : undefined;
}

/** `max` is undefined: as fast as it goes. */
function parseSpeed(text: string): number | undefined {
  if (text === 'max') return undefined;
  const factor = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || factor <= 0) {
    throw new UsageError(`--speed ${text}: max, or a factor such as 1 or 0.5`);
  }
  return factor;
}

function hasRead(source: Counted): boolean {
  const { packets, lines } = source.counters();
  return packets + (lines?.lines ?? 0) > 0;
}

/** A bar where a person would see it. */
function progressFor(source: Counted, flags: Flags): Progress | undefined {
  const when = lastText(flags, 'progress');
  const isWatched = when === 'always' || (when === 'auto' && process.stderr.isTTY === true);
  return isWatched ? new Progress(source) : undefined;
}
