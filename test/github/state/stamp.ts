/** A time as GitHub writes it. */
export function stamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
