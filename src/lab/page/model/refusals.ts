/** What a refusal means, for somebody who looks at one knock. */
export function whyRefused(what: string): string[] {
  const reason = what.replace(/^refused: /, '');
  const meaning = MEANINGS[reason];
  return [meaning === undefined ? reason : `${reason}: ${meaning}`];
}

const MEANINGS: Readonly<Record<string, string>> = {
  replayed: 'it was used before',
  late: 'its time is further back than clock_window allows',
  early: 'its time is further ahead than clock_window allows',
  forged:
    'the keyed check is right and the seal is not: another source than the address in it, or made up',
  'too wide': 'it asks for a wider network than the door gives',
  'not offered': 'it asks for an action that the door does not offer',
  'wrong port': 'it names a port that the door does not open, or a step that was not next',
  tripwire: 'a port beside the steps was hit, as a scan does',
  held: 'its source had hit a tripwire shortly before',
  cooldown: 'its source had knocked rightly shortly before',
  evicted: 'others needed the room',
};
