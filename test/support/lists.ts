import type { ListOptions } from '../../src/config/configuration.ts';

/** What a configuration without any list says about them. */
export const NO_LISTS: ListOptions = {
  allow: [],
  allowFiles: [],
  block: [],
  blockFiles: [],
  scope: 'guarded',
  hasCounters: false,
  neverBlock: [],
};
