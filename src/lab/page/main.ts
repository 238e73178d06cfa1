import { ComposePane } from './view/compose-pane.ts';
import { DecodePane } from './view/decode-pane.ts';
import { byId } from './view/dom.ts';
import { ReplayPane } from './view/replay-pane.ts';

const decode = new DecodePane();
const replay = new ReplayPane();
new ComposePane({
  onComposed: (composed) => decode.follow(composed),
  decode: (composed) => decode.take(composed),
  replay: (composed) => replay.take(composed),
});

/** Files that were given on the command line, the door file first; mostly there are none. */
const given = byId('given').textContent;
if (given !== '') replay.open(new Map(JSON.parse(given) as [string, string][]));
