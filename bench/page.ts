import type { Axis, Figure, Plot } from './bench-case.ts';
import type { Machine } from './machine.ts';
import { figureText, spreadText, type CaseResult } from './report.ts';

/** The page of results: bars and lines as inline SVG, nothing fetched from anywhere. */
export function htmlPage(machine: Machine, results: readonly CaseResult[]): string {
  const { processor, cores, memoryGiB, kernel, node, commit, date, command } = machine;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Postern, measured on ${date}</title>
<style>${STYLE}</style>
<h1>Postern, measured on ${date}</h1>
<p>${cores} × ${escaped(processor)}, ${memoryGiB} GiB, kernel ${kernel}, node ${node}, commit ${commit}; <code>${escaped(command)}</code>.
Bars are how many times better than the rival in the same run; the line is one.</p>
${results.map(section).join('\n')}
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #222; --faint: #8888; --bar: #2a6f97; --worse: #b5651d; --l0: #2a6f97; --l1: #b5651d; --l2: #5a8f3c; --l3: #8b5fa8; --l4: #a33; --l5: #0a8; --l6: #777; }
@media (prefers-color-scheme: dark) { :root { --ink: #ddd; --bar: #6db3d8; --worse: #e0a063; --l0: #6db3d8; --l1: #e0a063; --l2: #96c77a; --l3: #c29bdb; --l4: #e77; --l5: #3cb; --l6: #aaa; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; font-size: 1.2rem; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--faint); }
td.n { text-align: right; white-space: nowrap; }
svg { max-width: 100%; height: auto; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
figure { margin: 1.5rem 0; } figcaption { font-weight: 600; font-size: .95rem; }
`;

function section({ name, question, figures, plots, obstacle }: CaseResult): string {
  const rows =
    figures.length === 0
      ? ''
      : `<table><tr><th>what<th>ours<th>rival<th>times better<th><th>target</tr>
${figures.map(row).join('\n')}</table>`;
  const gap = obstacle === undefined ? '' : `<p>Left out: ${escaped(obstacle)}.</p>`;
  const drawings = plots.map(drawing).join('\n');
  return `<section id="${name}"><h2>${escaped(question)}</h2>${rows}${gap}${drawings}</section>`;
}

function row({ what, unit, ours, noise, rival, ratio, target, note }: Figure): string {
  const theirs =
    rival === undefined
      ? ''
      : `${escaped(rival.name)}: ${figureText(rival.value)} ${unit}${spreadText(rival.noise)}`;
  return `<tr><td>${escaped(what)}${note === undefined ? '' : `<br><small>${escaped(note)}</small>`}<td class="n">${figureText(ours)} ${unit}${spreadText(noise)}<td>${theirs}<td class="n">${ratio === undefined ? '' : figureText(ratio)}<td>${ratio === undefined ? '' : bar(ratio)}<td>${escaped(target ?? '')}</tr>`;
}

const BAR = { width: 120, height: 12 };

/** Logarithmic, from a hundredth to a thousand times; the line stands at one. */
function bar(ratio: number): string {
  const at = (value: number): number =>
    ((Math.log10(Math.min(1000, Math.max(0.01, value))) + 2) / 5) * BAR.width;
  const [one, here] = [at(1), at(ratio)];
  const [from, to] = [Math.min(one, here), Math.max(one, here)];
  return `<svg width="${BAR.width}" height="${BAR.height}" role="img" aria-label="${figureText(ratio)} times"><rect x="${round(from)}" y="2" width="${round(to - from)}" height="8" fill="var(--${ratio < 1 ? 'worse' : 'bar'})"/><path d="M${round(one)} 0v12" stroke="var(--ink)"/></svg>`;
}

const AREA = { width: 720, height: 320, left: 64, right: 24, top: 12, bottom: 44 };
/** Of a name under the drawing, where there is room for all of it. */
const ROW = 18;

function drawing({ title, x, y, lines }: Plot): string {
  const points = lines.flatMap((each) => each.points);
  const across = scale(
    x,
    points.map(([value]) => value),
    AREA.left,
    AREA.width - AREA.right,
  );
  const up = scale(
    y,
    points.map(([, value]) => value),
    AREA.height - AREA.bottom,
    AREA.top,
  );
  const drawn = lines.map(({ name, points: its, exponent }, at) => {
    const path = its.map(([px, py]) => `${round(across.at(px))},${round(up.at(py))}`).join(' ');
    const legend = exponent === undefined ? name : `${name}: x^${exponent.toFixed(2)}`;
    const color = `var(--l${at % 7})`;
    const textY = AREA.height + 12 + at * ROW;
    return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2"/><path d="M${AREA.left} ${textY - 4}h16" stroke="${color}" stroke-width="2"/><text x="${AREA.left + 22}" y="${textY}">${escaped(legend)}</text>`;
  });
  const bottom = AREA.height - AREA.bottom;
  const ticks = [
    ...across.ticks.map(
      (value) =>
        `<path d="M${round(across.at(value))} ${AREA.top}V${bottom}" stroke="var(--faint)"/><text x="${round(across.at(value))}" y="${bottom + 16}" text-anchor="middle">${shortText(value)}</text>`,
    ),
    ...up.ticks.map(
      (value) =>
        `<path d="M${AREA.left} ${round(up.at(value))}H${AREA.width - AREA.right}" stroke="var(--faint)"/><text x="${AREA.left - 6}" y="${round(up.at(value)) + 4}" text-anchor="end">${shortText(value)}</text>`,
    ),
  ];
  return `<figure><figcaption>${escaped(title)}</figcaption><svg viewBox="0 0 ${AREA.width} ${AREA.height + 8 + lines.length * ROW}" role="img" aria-label="${escaped(title)}">${ticks.join('')}${drawn.join('')}<text x="${(AREA.left + AREA.width - AREA.right) / 2}" y="${AREA.height - 6}" text-anchor="middle">${escaped(x.label)}</text><text transform="translate(14 ${(AREA.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(y.label)}</text></svg></figure>`;
}

interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

function scale(
  { isLogarithmic }: Axis,
  values: readonly number[],
  from: number,
  to: number,
): Scale {
  const positive = values.filter((value) => value > 0);
  const place = isLogarithmic ? Math.log10 : (value: number): number => value;
  const low = isLogarithmic ? Math.min(...positive) : Math.min(0, ...values);
  const [start, end] = [place(low), place(Math.max(...values))];
  const span = end - start || 1;
  return {
    at: (value) =>
      from + ((place(isLogarithmic ? Math.max(value, low) : value) - start) / span) * (to - from),
    ticks: isLogarithmic ? powers(start, end) : rounds(end),
  };
}

/** Powers of ten; where those are few, twice and five times each as well. */
function powers(start: number, end: number): readonly number[] {
  const from = Math.floor(start);
  const all = Array.from({ length: Math.ceil(end) - from + 1 }, (_, at) => 10 ** (from + at));
  const isWithin = (value: number): boolean =>
    Math.log10(value) >= start - 1e-9 && Math.log10(value) <= end + 1e-9;
  const tens = all.filter(isWithin);
  if (tens.length > 2) return tens;
  return all.flatMap((power) => [power, 2 * power, 5 * power]).filter(isWithin);
}

/** About five round steps from nothing to `end`. */
function rounds(end: number): readonly number[] {
  const rough = end / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((times) => times * power).find((each) => each >= rough)!;
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, at) => at * step);
}

function shortText(value: number): string {
  if (value >= 1e6) return `${value / 1e6} M`;
  if (value >= 1e3) return `${value / 1e3} k`;
  return String(Number(value.toPrecision(3)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
