/** `30 s`, `10 min`, `2 h 5 min`, `0.25 s`. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${Number(seconds.toFixed(3))} s`;
  const units: [string, number][] = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ];
  let left = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, size] of units) {
    const count = Math.floor(left / size);
    if (count > 0) parts.push(`${count} ${unit}`);
    left -= count * size;
  }
  return parts.slice(0, 2).join(' ');
}

/** Digits in groups of three, parted by a narrow space that terminals and logs can show: `12 400 112`. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** `1 door`, `3 doors`, `2 prefixes` */
export function counted(count: number, noun: string, nouns: string = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`;
}
