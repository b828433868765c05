/** A number for messages: a fraction has three significant digits. */
export function rounded(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  return String(Number(value.toPrecision(3)));
}

/** A share as a percentage. */
export function percent(share: number): string {
  return `${rounded(share * 100)}%`;
}
