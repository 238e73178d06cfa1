/** Settings of one section of a unit; a setting with several values stands several times. */
export type Section = Readonly<Record<string, string | readonly string[]>>;

export interface Unit {
  /** Why the unit is as it is, for who reads the file. */
  readonly about: readonly string[];
  readonly Unit: Section;
  readonly Service: Section;
  readonly Install: Section;
}

/** A unit as systemd.unit(5) has it. */
export function unitText({ about, ...sections }: Unit): string {
  const parts = Object.entries(sections).map(
    ([name, section]) => `[${name}]\n${settings(section).join('\n')}\n`,
  );
  return [about.map((line) => `# ${line}\n`).join(''), ...parts].join('\n');
}

function settings(section: Section): string[] {
  return Object.entries(section).flatMap(([name, value]) =>
    [value].flat().map((each) => `${name}=${each}`),
  );
}
