import { resolve } from 'node:path';
import type { Argv } from 'yargs';
import { KeyFileError, readPassphrase } from '../codec/key-file.ts';
import { calibrate as search, type Sample } from '../codec/legacy/calibrate.ts';
import { saidFields } from '../codec/legacy/said-fields.ts';
import { portRanges } from '../config/encoded-values.ts';
import { Report } from '../config/report.ts';
import type { LegacyProfile, PortRange } from '../door/encoded.ts';
import { offsetIn, spanSize } from '../door/span.ts';
import { isSet, lastText, type Command, type Flags } from './command.ts';
import { EXIT } from './exit-code.ts';
import { UsageError } from './usage-error.ts';
import { print, say } from './terminal.ts';

export const calibrate: Command = {
  example: [
    '$0 calibrate 211,178,33,85,... --span 0-255 --fields client=10.3.2.1,port=3306,checksum',
    'the door’s lines for it',
  ],
  flags: (parser: Argv) =>
    parser
      .positional('ports', { type: 'string', describe: 'of the knock, between commas' })
      .demandOption('ports')
      .option('span', { type: 'string', requiresArg: true, describe: 'ports that it lies on' })
      .option('fields', {
        type: 'string',
        requiresArg: true,
        describe: 'in their order, each with what it was: client=10.3.2.1,port=3306,checksum',
      })
      .demandOption(['span', 'fields'])
      .option('passphrase', { type: 'string', requiresArg: true, describe: 'file that holds it' })
      .option('iv', { type: 'string', requiresArg: true, describe: 'eight characters' })
      .option('json', { type: 'boolean', describe: 'one object' }),
  run: (flags) => Promise.resolve(run(flags)),
};

function run(flags: Flags): number {
  const file = lastText(flags, 'passphrase');
  try {
    const passphrase = file === undefined ? undefined : readPassphrase(file);
    const profiles = search(sampleOf(flags, passphrase));
    if (isSet(flags, 'json')) print(JSON.stringify({ version: 1, profiles }));
    else for (const line of report(profiles, lastText(flags, 'span')!, file)) print(line);
    return profiles.length === 0 ? EXIT.failed : EXIT.done;
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error;
    say(`postern: ${error.message}`);
    return EXIT.failed;
  }
}

function sampleOf(flags: Flags, passphrase: string | undefined): Sample {
  const span = spanOf(lastText(flags, 'span')!);
  const offsets = lastText(flags, 'ports')!
    .split(/[\s,]+/)
    .filter((text) => text !== '')
    .map((text) => {
      const offset = /^\d{1,5}$/.test(text) ? offsetIn(span, Number(text)) : -1;
      if (offset < 0) throw new UsageError(`port ${text} does not lie on the span`);
      return offset;
    });
  const iv = lastText(flags, 'iv');
  if (iv !== undefined && Buffer.byteLength(iv, 'latin1') !== 8) {
    throw new UsageError(`--iv ${iv}: not eight characters`);
  }
  const said = saidFields(lastText(flags, 'fields')!);
  if (typeof said === 'string') throw new UsageError(`--fields: ${said}`);
  return { ...said, passphrase, iv, spanPorts: spanSize(span), offsets };
}

/** A span of port 0 on is what the first system's pages print. */
function spanOf(text: string): readonly PortRange[] {
  const inside = new Report('', false);
  const place = { text, line: { number: 1, knockdNumber: 1, text }, column: 1 };
  const [, last] = /^0-(\d{1,5})$/.exec(text) ?? [];
  const span =
    last === undefined ? portRanges(place, inside) : [{ from: 0, to: Math.min(65_535, +last) }];
  if (span !== undefined && Math.log2(spanSize(span)) % 1 === 0 && spanSize(span) > 1) return span;
  throw new UsageError(`--span ${text}: not a range of 256, 512, 1024, ... ports`);
}

function report(
  profiles: readonly LegacyProfile[],
  span: string,
  file: string | undefined,
): readonly string[] {
  if (profiles.length === 0) return ['no profile sends these ports for these fields'];
  const [first, ...others] = profiles.map(choices);
  const { fields } = profiles[0]!;
  return [
    `encoded = legacy(${fields.join(', ')})`,
    span.startsWith('0-') ? `# span = those ${Number(span.slice(2)) + 1} ports` : `span = ${span}`,
    ...(file === undefined ? [] : [`passphrase = ${resolve(file)}`]),
    `legacy = ${first}`,
    ...(others.length === 0
      ? []
      : ['# this knock fits these as well; one with other values tells']),
    ...others.map((each) => `# legacy = ${each}`),
  ];
}

function choices(profile: LegacyProfile): string {
  const { cipher, iv, hasHeader, portWidth, checksum, bitOrder, isKeyHashed } = profile;
  const vector = iv === '\0'.repeat(8) ? [] : [`iv=${iv}`];
  return [
    `cipher=${cipher}`,
    ...vector,
    `header=${hasHeader ? 'yes' : 'no'}`,
    `port=${portWidth}`,
    `checksum=${checksum}`,
    `bits=${bitOrder}`,
    `hashed=${isKeyHashed ? 'yes' : 'no'}`,
  ].join(', ');
}
