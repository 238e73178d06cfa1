import { bashCompletion } from './completion/bash.ts';
import { fishCompletion } from './completion/fish.ts';
import { zshCompletion } from './completion/zsh.ts';
import { classicUnit } from './classic-unit.ts';
import { defaultsFile } from './defaults-file.ts';
import { guardUnit } from './guard-unit.ts';
import { knockdConfPage } from './man/knockd-conf.ts';
import { knockdPage } from './man/knockd.ts';
import { knockPage } from './man/knock.ts';
import { pageText, type Page } from './man/mdoc.ts';
import { posternPage } from './man/postern.ts';
import { nftUnit } from './nft-unit.ts';
import type { Starts } from './places.ts';
import type { Program } from './program.ts';
import { sampleConfiguration } from './sample-configuration.ts';

/** Texts by the words that `postern print` knows them by. */
export type Assets = ReadonlyMap<string, () => string>;

export interface Programs {
  readonly postern: Program;
  readonly knockd: Program;
  readonly knock: Program;
  readonly starts: Starts;
  /** Of the manual's pages, in mdoc's form. */
  readonly date: string;
}

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

/** Everything that goes along with the program. */
export function assets({ date, starts, ...programs }: Programs): Assets {
  const pages: readonly Page[] = [
    posternPage(programs.postern),
    knockdPage(programs.knockd),
    knockPage(programs.knock),
    knockdConfPage(),
  ];
  const completions = Object.entries(SHELLS).flatMap(([shell, complete]) =>
    Object.values(programs).map(
      (program) => [`completion ${shell} ${program.name}`, () => complete(program)] as const,
    ),
  );
  return new Map<string, () => string>([
    ['unit', () => nftUnit(starts)],
    ['classic-unit', () => classicUnit(starts)],
    ['guard-unit', guardUnit],
    ['defaults', defaultsFile],
    ['sample', sampleConfiguration],
    ...pages.map((page) => [`man ${page.name}`, () => pageText(page, date)] as const),
    ...completions,
  ]);
}
