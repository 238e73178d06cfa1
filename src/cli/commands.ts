import type { Command } from './command.ts';
import { block } from './block.ts';
import { blocked } from './blocked.ts';
import { calibrate } from './calibrate.ts';
import { check } from './check.ts';
import { code } from './code.ts';
import { confirm } from './confirm.ts';
import { convert } from './convert.ts';
import { demo } from './demo.ts';
import { dump } from './dump.ts';
import { emergencyOpen } from './emergency-open.ts';
import { grant } from './grant.ts';
import { lab } from './lab.ts';
import { list } from './list.ts';
import { printer } from './print.ts';
import { reload } from './reload.ts';
import { removeTable } from './remove-table.ts';
import { replay } from './replay.ts';
import { revoke } from './revoke.ts';
import { run } from './run.ts';
import { status } from './status.ts';
import { unblock } from './unblock.ts';
import { watch } from './watch.ts';

/** What stands behind `postern`, in the order of its help. */
export const COMMANDS: readonly Command[] = [
  run,
  check,
  convert,
  code,
  calibrate,
  replay,
  dump,
  lab,
  status,
  list,
  grant,
  revoke,
  block,
  unblock,
  blocked,
  reload,
  watch,
  confirm,
  emergencyOpen,
  removeTable,
  printer(() => COMMANDS),
  demo,
];
