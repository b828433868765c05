import type { Scalar as Node } from 'yaml';
import { exactInteger, isNotFinite, type Scalar } from './scalar.ts';

/** The text that a key is in JSON, by kubectl's rules (sigs.k8s.io/yaml); null for what can not be a key. */
export function keyText(node: Node, read: Scalar): string | null {
  if (read.is === 'value' && typeof read.value !== 'number') return read.value === null ? null : String(read.value);
  const written = String(node.value ?? '');
  if (isNotFinite(written)) return written.toLowerCase().replace('+', '');
  const whole = exactInteger(written);
  if (whole !== null) return BigInt.asIntN(64, whole) === whole ? String(whole) : null;
  if (read.is === 'refused') return null;
  return floatText(Number(read.value), written.startsWith('-'));
}

/** A number as Go writes a float32 with the fewest digits: with an exponent below 1e-4, and from 1e6 on. */
function floatText(value: number, isNegative: boolean): string {
  const single = Math.fround(value);
  if (single === 0) return isNegative ? '-0' : '0';
  if (!Number.isFinite(single)) return isNegative ? '-.inf' : '.inf';
  const digits = Array.from({ length: 9 }, (_, index) => index).find(
    (count) => Math.fround(Number(single.toExponential(count))) === single,
  );
  const [mantissa = '', exponent = '0'] = single.toExponential(digits).split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(Number(`${mantissa}e${exponent}`));
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}
