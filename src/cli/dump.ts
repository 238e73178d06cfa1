import type { Argv } from 'yargs';
import { dumpJson, dumpText } from '../report/dump.ts';
import { openCapture } from '../source/pcap.ts';
import { isSet, lastText, type Command } from './command.ts';
import { EXIT } from './exit-code.ts';
import { LineWriter } from './line-writer.ts';
import { saySlowReader } from './slow-reader.ts';

export const dump: Command = {
  example: ['$0 dump office.pcapng --json | head', 'the first tuples as JSON'],
  flags: (parser: Argv) =>
    parser
      .positional('file', {
        type: 'string',
        describe: 'pcap or pcapng, .gz too; - is standard input',
      })
      .option('json', { type: 'boolean', describe: 'one object a line' }),
  run: async (flags) => {
    saySlowReader();
    await using source = await openCapture(lastText(flags, 'file')!, { everyPacket: true });
    const line = isSet(flags, 'json') ? dumpJson : dumpText;
    const output = new LineWriter();
    let number = 1;
    for await (const batch of source) {
      for (let row = 0; row < batch.length; row++) output.line(line(batch, row, number++));
      await output.room();
    }
    return EXIT.done;
  },
};
