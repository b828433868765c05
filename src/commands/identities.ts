import { inputError } from '../release/error.ts';
import { type Duty, dutyNames, isDuty } from '../release/right.ts';
import type { Subject } from '../release/subject.ts';
import { lines } from './option-readers.ts';

/** An identity, and the duties that it gets; null for every duty that is printed. */
export interface Bound {
  readonly duties: readonly Duty[] | null;
  readonly subject: Subject;
}

/** `IDENTITY`, or `DUTY,DUTY=IDENTITY`. Throws USAGE. */
export function bounds(given: readonly string[], option: string): readonly Bound[] {
  return lines(given).map((text) => {
    const [before = '', ...rest] = text.split('=');
    const words = before.split(',').map((word) => word.trim());
    // A name may have an equals sign, such as that of a certificate.
    if (rest.length === 0 || !words.some(isDuty)) return { duties: null, subject: subject(text, option) };
    return { duties: words.map((word) => duty(word, option)), subject: subject(rest.join('='), option) };
  });
}

/** Identities without duties. Throws USAGE. */
export function subjects(given: readonly string[], option: string): readonly Subject[] {
  return lines(given).map((text) => subject(text, option));
}

/** Duties. Throws USAGE. */
export function dutiesIn(given: readonly string[], option: string): readonly Duty[] {
  return [...new Set(lines(given).map((text) => duty(text, option)))];
}

function duty(text: string, option: string): Duty {
  if (isDuty(text)) return text;
  throw inputError('USAGE', `${option} is '${text}'`, { hint: `write one of ${dutyNames.join(', ')}` });
}

const NAME = /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/;
const hint =
  'write system:serviceaccount:NAMESPACE:NAME for a service account, group:NAME for a group, or the name of a user, or user:NAME';

function subject(text: string, option: string): Subject {
  const wrong = () => inputError('USAGE', `${option} is '${text}'`, { hint });
  const [, kind = 'user', name = ''] = /^(?:(user|group):)?(.*)$/s.exec(text) ?? [];
  // No name of the API server has a control character, and none could stand in a comment.
  if (name === '' || name !== name.trim() || /[\p{Cc}\p{Cf}\u2028\u2029]/u.test(name)) throw wrong();
  if (kind === 'group') return { is: 'group', name };
  if (!name.startsWith('system:serviceaccount')) return { is: 'user', name };
  const [, , namespace = '', account = '', ...more] = name.split(':');
  if (!name.startsWith('system:serviceaccount:') || more.length > 0) throw wrong();
  if (!NAME.test(namespace) || !NAME.test(account)) throw wrong();
  return { is: 'serviceAccount', namespace, name: account };
}
