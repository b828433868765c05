/** The earliest of some times, of which null is unknown; null when none is known. */
export function earliest(dates: readonly (Date | null)[]): Date | null {
  return dates.reduce((early, one) => (one !== null && (early === null || one < early) ? one : early), null);
}

/** The latest of some times, of which null is unknown; null when none is known. */
export function latest(dates: readonly (Date | null)[]): Date | null {
  return dates.reduce((late, one) => (one !== null && (late === null || one > late) ? one : late), null);
}
