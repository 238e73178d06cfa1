import type { Event } from '../report/event.ts';
import { knockdText } from '../report/knockd-text.ts';
import { controlFlags, withDaemon } from './control-command.ts';
import { isSet, type Command } from './command.ts';
import { EXIT } from './exit-code.ts';
import { print, say } from './terminal.ts';

export const watch: Command = {
  example: ['$0 watch', 'until interrupted, or the daemon ends'],
  flags: controlFlags,
  run: (flags) =>
    withDaemon(flags, async (client) => {
      await client.ask({ do: 'watch' });
      for await (const line of client.events()) {
        if (isSet(flags, 'json')) print(line);
        else for (const text of textOf(JSON.parse(line) as WatchedEvent)) print(text);
      }
      say('postern: the daemon ended');
      return EXIT.notRunning;
    }),
};

type WatchedEvent = Event | { readonly event: 'missed'; readonly count: number };

function textOf(event: WatchedEvent): string[] {
  if (event.event === 'missed') return [`${event.count} events left out: too slow to take them`];
  return knockdText(event).map((line) => `${event.at} ${line}`);
}
