import type { BenchCase } from '../bench-case.ts';
import { whyNot } from '../programs.ts';
import { whyNoPair } from '../workload/pair.ts';

/** What does an opening cost, one by one and in batches, against the least that a C program can do? */
export const firewall: BenchCase = {
  name: 'firewall',
  question: 'What does opening a door cost, against a bare C program?',
  obstacle: () => whyNoPair() ?? whyNot('nfnetlink_bare'),
  run: async () => [],
};
