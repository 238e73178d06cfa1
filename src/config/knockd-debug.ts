import { readFileSync } from 'node:fs';
import { stepText, type Step } from '../door/step.ts';
import type { ConfigError } from './config-error.ts';
import { OPTIONS } from './option-directives.ts';
import { DOOR } from './door-directives.ts';
import { findDirective } from './directive.ts';
import { atoi, knockdSequence } from './knockd-values.ts';
import { statements, type Statement } from './lexer.ts';
import { Report } from './report.ts';

/** What 0.8 calls a directive in these lines; those of ours have their own names. */
const LABELS: Readonly<Record<string, string>> = {
  LogFile: 'log file',
  PidFile: 'pid file',
  Interface: 'interface',
  One_Time_Sequences: 'one time sequences file',
};

export interface DebugLinesOptions {
  /** `-i` was given: then 0.8 does not tell of the file's interface. */
  readonly hasInterface: boolean;
  /** The sequence in force in a one-time file. */
  readonly oneTimeSteps: (door: string) => readonly Step[] | undefined;
}

/**
 * The lines that 0.8 prints with `-D` while it reads its file. It stops at the first mistake, and so do
 * they.
 */
export function knockdDebugLines(
  path: string,
  problems: readonly ConfigError[],
  options: DebugLinesOptions,
): string[] {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch {
    return [];
  }
  const firstError = problems.find(
    ({ severity, line, file }) => severity === 'error' && line > 0 && file === path,
  );
  const lines: string[] = [];
  let section = '';
  for (const statement of statements(text, new Report(path, false))) {
    if (firstError !== undefined && lineOf(statement) === firstError.line) {
      lines.push(...lastLines(section, statement, firstError));
      break;
    }
    if (statement.kind === 'section') {
      section = statement.name.text;
      lines.push(`config: new section: '${section}'`);
    } else {
      lines.push(...directiveLines(section, statement, options));
    }
  }
  return lines;
}

/** A file of one-time sequences is told of before it turns out to be used up. */
function lastLines(section: string, statement: Statement, { knockdLine }: ConfigError): string[] {
  if (statement.kind === 'section' || knockdLine?.startsWith('no more sequences') !== true)
    return [];
  const path = statement.value!.text;
  return [
    `config: ${section}: one time sequences file: ${path}`,
    `config: no more sequences left in the one time sequences file ${path}`,
  ];
}

function lineOf(statement: Statement): number {
  return (statement.kind === 'section' ? statement.name : statement.key).line.number;
}

function directiveLines(
  section: string,
  { key, value }: Extract<Statement, { kind: 'directive' }>,
  { hasInterface, oneTimeSteps }: DebugLinesOptions,
): string[] {
  if (key.text.toLowerCase() === 'usesyslog') return ['config: usesyslog'];
  const isOptions = section === 'options';
  const name = findDirective<never>(isOptions ? OPTIONS : DOOR, key.text)?.name;
  if (name === undefined || value === undefined) return [];
  const label = LABELS[name] ?? name.toLowerCase();
  if (isOptions) {
    return name === 'Interface' && hasInterface ? [] : [`config: ${label}: ${value.text}`];
  }
  switch (name) {
    case 'TCPFlags':
      return value.text.split(',').map((flag) => `config: tcp flag: ${flag.toUpperCase()}`);
    case 'Seq_Timeout':
    case 'Cmd_Timeout':
      return [`config: ${section}: ${label}: ${atoi(value.text).value}`];
    case 'Sequence': {
      const steps = knockdSequence(value, new Report('', false), section) ?? [];
      return [`config: ${section}: ${label}: ${sequenceText(steps)}`];
    }
    case 'One_Time_Sequences': {
      const sequence = sequenceText(oneTimeSteps(section) ?? []);
      return [
        `config: ${section}: ${label}: ${value.text}`,
        `new sequence for door ${section}: ${sequence}`,
        `config: ${section}: sequence: ${sequence}`,
      ];
    }
    default:
      return [`config: ${section}: ${label}: ${value.text}`];
  }
}

/** `7000:tcp,8000:udp` */
export function sequenceText(steps: readonly Step[]): string {
  return steps.map(stepText).join(',');
}
