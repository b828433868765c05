import { placeOf } from '../policy/places.ts';
import type { Delivery } from '../release/delivery.ts';
import { StepgateError } from '../release/error.ts';
import type { Finding } from '../release/finding.ts';

/** The findings about a delivery, those about a key of its config with the place of the key. */
export function located(delivery: Delivery, findings: readonly Finding[]): readonly Finding[] {
  return findings.map((finding) => {
    const at = finding.key === undefined ? null : placeOf(delivery, finding.key);
    if (at === null) return finding;
    const where = [at.file, at.line, at.column].filter((part) => part !== null).join(':');
    return { ...finding, at, facts: [`${where} of the policy`, ...finding.facts] };
  });
}

/** The error with which findings end a command; null when none of them is an error. */
export function findingsError(findings: readonly Finding[], message: (errors: readonly Finding[]) => string) {
  const errors = findings.filter((finding) => finding.severity === 'error');
  const [first] = errors;
  if (first === undefined) return null;
  const more = { hint: first.wayOut, ...(first.at === undefined ? {} : { at: first.at }) };
  return new StepgateError('refused', 'FINDINGS', message(errors), more);
}
