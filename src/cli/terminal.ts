import { createColors } from 'picocolors';

/** Data goes to stdout, talk to stderr. A reader that went away (`| head`) ends the program quietly. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

export function endQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

/** Columns padded to their widest cell, two blanks between them, none at a line's end. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((width, row) => Math.max(width, row[column]?.length ?? 0), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

const { NO_COLOR, FORCE_COLOR } = process.env;

/** Colours on a terminal, unless NO_COLOR says otherwise; elsewhere only if FORCE_COLOR asks for them. */
export const colours: ReturnType<typeof createColors> = createColors(
  !NO_COLOR && (Boolean(FORCE_COLOR) || process.stdout.isTTY === true),
);
