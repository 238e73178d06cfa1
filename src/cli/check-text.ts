import { encryptedLength } from '../codec/legacy/legacy-cipher.ts';
import { fieldBytes } from '../codec/legacy/legacy-fields.ts';
import { portCount } from '../codec/legacy/legacy-ports.ts';
import { sealedLayout } from '../codec/sealed-key.ts';
import type { ConfigError } from '../config/config-error.ts';
import { printable } from '../config/printable.ts';
import { actionLines } from '../door/action-lines.ts';
import type { Encoded } from '../door/encoded.ts';
import { portsText } from '../door/ports-text.ts';
import { spanSize } from '../door/span.ts';
import type { CompiledDoors } from '../matcher/compile-doors.ts';
import type { CompiledDoor } from '../matcher/compiled-door.ts';
import { scanOdds } from '../matcher/scan-odds.ts';
import { lengthText } from '../report/event-words.ts';
import { counted, countText } from '../report/words.ts';
import type { Findings } from './examine.ts';
import { colours } from './terminal.ts';

/** What is wrong, how much of it, what each door does, and what its lists have. */
export function checkText({ doors, compiled, lists, problems, errors }: Findings): string[] {
  const counts = [
    counted(doors, 'door'),
    counted(errors, 'error'),
    counted(problems.length - errors, 'warning'),
  ];
  return [
    ...problems.map((problem) => `${painted(problem)}\n`),
    `${counts.join(', ')}. ${errors === 0 ? 'Loadable.' : 'Not loadable.'}`,
    ...compiled.doors.flatMap((door) => describe(door, compiled)),
    ...(lists?.sources ?? []).map(({ list, from, prefixes }) => {
      const where = from === list ? 'the file itself' : printable(from);
      return `${list}: ${counted(prefixes, 'prefix', 'prefixes')} of ${where}`;
    }),
  ];
}

/** The word that tells how bad it is in colour, where stdout shows colours. */
function painted(problem: ConfigError): string {
  const { severity } = problem;
  const paint = severity === 'error' ? colours.red : colours.yellow;
  return problem.format().replace(`${severity}:`, (word) => paint(word));
}

/** What a door does, and how easily it is guessed. */
function describe({ door, ...rest }: CompiledDoor, compiled: CompiledDoors): string[] {
  const name = `${door.isAction === true ? 'action' : 'door'} "${printable(door.name)}"`;
  const opens =
    door.open.length === 0
      ? []
      : [
          `${name} opens ${portsText(door.open)} ${lengthText({ isHeld: door.holds, openForSeconds: door.openForSeconds })}, in the address family that it was knocked by`,
        ];
  const besides = actionLines(door).map((line) => `${name} ${printable(line)}`);
  if (door.isAction === true) return opens;
  if (door.encoded !== undefined) {
    return [...opens, `${name}: ${knockText(door.encoded)}`, ...besides];
  }
  const odds = scanOdds(compiled, { door, ...rest });
  const guessed = Number.isFinite(odds)
    ? `one scan in ${countText(odds)} in random order opens it`
    : 'no scan that tries each port once opens it';
  return [...opens, `${name}: ${guessed}`, ...besides];
}

/** What has to be sent. */
function knockText(encoded: Encoded): string {
  const noun = encoded.carrier === 'icmp' ? 'sizes' : 'ports';
  const ports = `${spanSize(encoded.span)} ${noun} of ${encoded.carrier}`;
  switch (encoded.kind) {
    case 'sealed': {
      const { places } = sealedLayout(spanSize(encoded.span), encoded.address)!;
      return `its sealed knock is ${places} packets on ${ports}`;
    }
    case 'totp':
    case 'hotp':
      return `its code is ${encoded.ports} of ${ports}`;
    case 'legacy': {
      const bytes = encryptedLength(encoded.profile, fieldBytes(encoded.profile));
      const packets = portCount(bytes, spanSize(encoded.span));
      return `its legacy knock is ${packets} packets on ${ports}`;
    }
  }
}
