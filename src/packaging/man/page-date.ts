/** A page's date in mdoc's form, `November 25, 2026`: of the source where a build names it, else today. */
export function pageDate(sourceEpoch: string | undefined): string {
  const date = sourceEpoch === undefined ? new Date() : new Date(Number(sourceEpoch) * 1000);
  const form = { year: 'numeric', month: 'long', day: 'numeric', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat('en-US', form).format(date);
}
