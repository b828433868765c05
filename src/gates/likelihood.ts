/**
 * The numbers that `proportions.ts` compares with. All of them take whole counts, and keep their digits to 10^12 requests.
 */

/** A Beta distribution of the share of failures. */
export interface Prior {
  readonly failures: number;
  readonly successes: number;
}

/**
 * Where a curve falls to 0 on the way from `inside`, where it is above, to `outermost`; `outermost` where it never does. The
 * curve is concave, so its tangents cut 0 behind it: by Newton's steps, and by halves where a tangent leads nowhere. It
 * begins where a normal curve of the variance would fall to 0. The curve is at most 0 at the point that is returned, so
 * rounding makes an interval wider.
 */
export function firstBelow(inside: number, outermost: number, variance: number, curve: (at: number) => Point): number {
  if (curve(outermost).value > 0) return outermost;
  let [near, far] = [inside, outermost];
  const reach = Math.sqrt(2 * curve(inside).value * variance);
  let at = between(near, far, inside + Math.sign(outermost - inside) * reach);
  for (let steps = 0; steps < 60; steps += 1) {
    const { value, slope } = curve(at);
    if (value > 0) near = at;
    else far = at;
    const step = -value / slope;
    if (value <= 0 && Math.abs(step) <= 1e-10 * Math.abs(far - inside)) break;
    at = between(near, far, at + step);
  }
  return far;
}

interface Point {
  readonly value: number;
  readonly slope: number;
}

/** About the variance of a share that was counted. */
export function varianceOf(failures: number, total: number): number {
  const share = (failures + 1) / (total + 2);
  return (share * (1 - share)) / total;
}

/** The wanted point where it lies between two others, else their middle. */
export function between(one: number, other: number, wanted: number): number {
  return (wanted - one) * (wanted - other) < 0 ? wanted : (one + other) / 2;
}

/** The logarithm of the likelihood of the counts, for one order of the requests. */
export function logLikelihood(failures: number, total: number, share: number): number {
  const ofFailures = failures === 0 ? 0 : failures * Math.log(share);
  return total === failures ? ofFailures : ofFailures + (total - failures) * Math.log1p(-share);
}

/** Its first derivative by the share, which falls. */
export function slopeOf(failures: number, total: number, share: number): number {
  const ofFailures = failures === 0 ? 0 : failures / share;
  return total === failures ? ofFailures : ofFailures - (total - failures) / (1 - share);
}

/** Its second derivative, without the sign. */
export function bendOf(failures: number, total: number, share: number): number {
  const ofFailures = failures === 0 ? 0 : failures / (share * share);
  return total === failures ? ofFailures : ofFailures + (total - failures) / ((1 - share) * (1 - share));
}

/** The same under the mixture: B(a + k, b + n - k) / B(a, b). */
export function logMixture(failures: number, total: number, prior: Prior): number {
  return (
    logBeta(prior.failures + failures, prior.successes + total - failures) - logBeta(prior.failures, prior.successes)
  );
}

function logBeta(one: number, other: number): number {
  return logGamma(one) + logGamma(other) - logGamma(one + other);
}

/** By Stirling's series, from 10 on; the recurrence leads there. For positive numbers. */
function logGamma(value: number): number {
  let product = 1;
  let x = value;
  for (; x < 10; x += 1) product *= x;
  const square = 1 / (x * x);
  const series = (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product);
}
