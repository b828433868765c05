/** Maximum number of comparisons. Above it, the changed middle is shown as removed and added as a whole. */
const MOST_CELLS = 4_000_000;
const CONTEXT = 3;

interface Edit {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/** The unified diff of two texts' lines, with three lines around each change; empty where they are the same. */
export function unifiedDiff(before: readonly string[], after: readonly string[]): string[] {
  return hunks(edits(before, after));
}

/** Keep, remove and add, in order, by the longest common subsequence. */
function edits(before: readonly string[], after: readonly string[]): Edit[] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const keep = (text: string): Edit => ({ sign: ' ', text });
  return [
    ...before.slice(0, head).map(keep),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...before.slice(before.length - tail).map(keep),
  ];
}

function middle(before: readonly string[], after: readonly string[]): Edit[] {
  const remove = (text: string): Edit => ({ sign: '-', text });
  const add = (text: string): Edit => ({ sign: '+', text });
  if (before.length * after.length > MOST_CELLS) return [...before.map(remove), ...after.map(add)];

  // common[i][j], flattened: the longest common subsequence of before from i and after from j.
  const wide = after.length + 1;
  const common = new Uint32Array((before.length + 1) * wide);
  const at = (left: number, right: number) => common[left * wide + right] ?? 0;
  for (let left = before.length - 1; left >= 0; left -= 1) {
    for (let right = after.length - 1; right >= 0; right -= 1) {
      const both = before[left] === after[right];
      common[left * wide + right] = both
        ? at(left + 1, right + 1) + 1
        : Math.max(at(left + 1, right), at(left, right + 1));
    }
  }

  const found: Edit[] = [];
  let left = 0;
  let right = 0;
  while (left < before.length || right < after.length) {
    const old = before[left];
    const fresh = after[right];
    if (old !== undefined && old === fresh) {
      found.push({ sign: ' ', text: old });
      left += 1;
      right += 1;
    } else if (old !== undefined && (fresh === undefined || at(left + 1, right) >= at(left, right + 1))) {
      found.push(remove(old));
      left += 1;
    } else if (fresh !== undefined) {
      found.push(add(fresh));
      right += 1;
    }
  }
  return found;
}

/** The edits near each change, under headers with their positions in both texts. */
function hunks(all: readonly Edit[]): string[] {
  const lines: string[] = [];
  let oldLine = 1;
  let newLine = 1;
  let index = 0;
  while (index < all.length) {
    const change = all.findIndex((edit, at) => at >= index && edit.sign !== ' ');
    if (change < 0) break;
    const start = Math.max(index, change - CONTEXT);
    oldLine += start - index;
    newLine += start - index;
    const end = hunkEnd(all, change);
    const hunk = all.slice(start, end);
    const olds = hunk.filter((edit) => edit.sign !== '+').length;
    const news = hunk.filter((edit) => edit.sign !== '-').length;
    lines.push(`@@ -${range(oldLine, olds)} +${range(newLine, news)} @@`, ...hunk.map((edit) => edit.sign + edit.text));
    oldLine += olds;
    newLine += news;
    index = end;
  }
  return lines;
}

/** The end of a hunk: after the context of its last change. */
function hunkEnd(all: readonly Edit[], change: number): number {
  let last = change;
  for (let at = change; at < all.length && at <= last + 2 * CONTEXT + 1; at += 1) {
    if (all[at]?.sign !== ' ') last = at;
  }
  return Math.min(all.length, last + CONTEXT + 1);
}

/** As `diff -u` counts: an empty range is named by the line before it. */
function range(line: number, count: number): string {
  return `${count === 0 ? line - 1 : line},${count}`;
}
