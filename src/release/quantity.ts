import type { Json } from './json.ts';

const decimal: readonly (readonly [string, bigint, bigint])[] = [
  ['n', 1n, 1_000_000_000n],
  ['u', 1n, 1_000_000n],
  ['m', 1n, 1000n],
  ['', 1n, 1n],
  ['k', 10n ** 3n, 1n],
  ['M', 10n ** 6n, 1n],
  ['G', 10n ** 9n, 1n],
  ['T', 10n ** 12n, 1n],
  ['P', 10n ** 15n, 1n],
  ['E', 10n ** 18n, 1n],
];
const binary = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'].map((suffix, index): readonly [string, bigint, bigint] => [
  suffix,
  1024n ** BigInt(index + 1),
  1n,
]);
const suffixes = [...decimal, ...binary];

/** Parses a Kubernetes quantity (`500m`, `1.5Gi`, 2) into thousandths, rounded up. Null for anything else. */
export function parseQuantity(value: Json | undefined): bigint | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const found = /^\+?(\d{1,30})(?:\.(\d{0,30}))?(?:[eE]([+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i))?$/.exec(String(value));
  if (found === null) return null;
  const [, whole = '0', part = '', exponent = '0', suffix = ''] = found;
  const [, times, over] = suffixes.find(([name]) => name === suffix) ?? ['', 1n, 1n];
  const power = Number(exponent) - part.length;
  const up = BigInt(whole + part) * 1000n * times * (power > 0 ? 10n ** BigInt(power) : 1n);
  const down = over * (power < 0 ? 10n ** BigInt(-power) : 1n);
  return (up + down - 1n) / down;
}

/** Formats thousandths of a resource as Kubernetes does: bytes in the largest exact unit, all else as a decimal. */
export function formatQuantity(resource: string, thousandths: bigint): string {
  if (thousandths % 1000n !== 0n) return `${thousandths}m`;
  const amount = thousandths / 1000n;
  if (!/memory|storage|^hugepages-/.test(resource) || amount === 0n) return String(amount);
  const unit = binary.findLast(([, size]) => amount % size === 0n);
  return unit === undefined ? String(amount) : `${amount / unit[1]}${unit[0]}`;
}
