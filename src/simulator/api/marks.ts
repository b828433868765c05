/** RFC 3339 in whole seconds, as metav1.Time is written. */
export function stamp(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (last.second !== second) last = { second, text: `${new Date(ms).toISOString().slice(0, 19)}Z` };
  return last.text;
}

let last = { second: Number.NaN, text: '' };

const letters = 'bcdfghjklmnpqrstvwxz2456789';

/** The random end of a generated name: letters and digits that form no word. */
export function word(random: () => number, length: number): string {
  return Array.from({ length }, () => letters[Math.floor(random() * letters.length)] ?? 'b').join('');
}

/** A uid from `random`. */
export function uuid(random: () => number): string {
  const hex = Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
}
