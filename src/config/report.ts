import { ConfigError, type ConfigErrorCode } from './config-error.ts';
import type { Fragment } from './lexer.ts';

/** A file of nothing but mistakes must not become a list as long as itself. */
const MOST_PROBLEMS = 1000;

export interface Remark {
  readonly hint?: string | undefined;
  readonly knockdLine?: string | undefined;
}

/** Collects what is wrong with a file, all of it. */
export class Report {
  readonly problems: ConfigError[] = [];
  readonly #file: string;
  readonly #isStrict: boolean;

  constructor(file: string, isStrict: boolean) {
    this.#file = file;
    this.#isStrict = isStrict;
  }

  get hasErrors(): boolean {
    return this.problems.some(({ severity }) => severity === 'error');
  }

  error(at: Fragment, code: ConfigErrorCode, message: string, remark: Remark = {}): undefined {
    this.#add(at, code, message, remark, 'error');
  }

  /** 0.8 takes it, but nobody can have meant it: a warning, or an error under `--strict`. */
  mistake(at: Fragment, code: ConfigErrorCode, message: string, remark: Remark = {}): undefined {
    this.#add(at, code, message, remark, this.#isStrict ? 'error' : 'warning');
  }

  /** Worth knowing, and right all the same. */
  warning(at: Fragment, code: ConfigErrorCode, message: string, remark: Remark = {}): undefined {
    this.#add(at, code, message, remark, 'warning');
  }

  #add(
    at: Fragment,
    code: ConfigErrorCode,
    message: string,
    remark: Remark,
    severity: 'error' | 'warning',
  ): void {
    const place = placeOf(at.line.file ?? this.#file, at);
    // 0.8 knows no included files, and would never have come to such a line.
    const knockdLine = at.line.file === undefined ? remark.knockdLine : undefined;
    if (this.problems.length < MOST_PROBLEMS) {
      this.problems.push(
        new ConfigError(message, { ...remark, severity, code, place, knockdLine }),
      );
    } else if (this.problems.length === MOST_PROBLEMS) {
      const more = `more than ${MOST_PROBLEMS} problems; the rest is left out`;
      this.problems.push(
        new ConfigError(more, { severity: 'error', code: 'CONFIG_TOO_MANY_PROBLEMS', place }),
      );
    }
  }
}

function placeOf(
  file: string,
  { text, line, column }: Fragment,
): ConstructorParameters<typeof ConfigError>[1]['place'] {
  return { file, line: line.number, column, length: text.length, lineText: line.text };
}
