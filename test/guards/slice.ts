/** Every M-th of a list, from the N-th on, where the text is N/M. Ends the program where it is none. */
export function slice<T>(list: readonly T[], text: string): readonly T[] {
  const [, from, of] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (from === undefined || of === undefined || from < 1 || from > of) {
    console.error(`--slice is '${text}': write N/M, such as 2/8, with N from 1 to M`);
    process.exit(2);
  }
  return list.filter((_, index) => index % of === from - 1);
}
