/** Formats a time as GitHub does: ISO 8601 without fractions of a second. */
export function stamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
