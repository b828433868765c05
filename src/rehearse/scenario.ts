import { parseDuration } from '../config/time.ts';
import { gates } from '../gates/index.ts';
import type { Condition, Delivery } from '../release/delivery.ts';
import { inputError } from '../release/error.ts';
import { stringAt } from '../release/json.ts';
import type { KubeObject } from '../release/ports.ts';
import type { Fate } from './stage.ts';
import { isStablePod } from './world.ts';

/** A failure to simulate in a rehearsal. */
export type Scenario =
  | { readonly is: 'broken-pods' }
  | { readonly is: 'late-schedule' }
  /** In seconds; null is for ever. */
  | { readonly is: 'node-shortage'; readonly lasts: number | null };

const scenarios = 'broken-pods, late-schedule or node-shortage (node-shortage:30m for one that passes)';

/** Parses `--with`. Throws USAGE, and NOT_SUPPORTED for scenarios with metrics. */
export function readScenario(text: string | null): Scenario | null {
  if (text === null) return null;
  const [name = '', ...rest] = text.split(':');
  const lasts = rest.length === 0 ? null : rest.join(':');
  if (name === 'bad-metric') {
    throw inputError('NOT_SUPPORTED', 'with is bad-metric, which does not work yet: metrics are not gates', {
      hint: 'rehearse broken-pods or node-shortage',
    });
  }
  if ((name === 'broken-pods' || name === 'late-schedule') && lasts === null) return { is: name };
  if (name !== 'node-shortage') throw inputError('USAGE', `with is '${text}'`, { hint: `write ${scenarios}` });
  if (lasts === null) return { is: name, lasts: null };
  const parsed = parseDuration(lasts);
  if ('value' in parsed) return { is: name, lasts: parsed.value };
  throw inputError('USAGE', `with is '${text}': '${lasts}' ${parsed.wrong}`, { hint: parsed.hint });
}

/**
 * How pods behave: stable pods get ready, new pods follow the scenario. In a node shortage, only the first new pod of a
 * namespace is scheduled until the shortage ends. `readyAfter` in milliseconds.
 */
export function fateIn(scenario: Scenario | null, readyAfter: number): (pod: KubeObject, now: Date) => Fate {
  const placed = new Set<string>();
  let began: number | null = null;
  return (pod, now) => {
    const well: Fate = { is: 'ready', after: readyAfter };
    if (scenario === null || isStablePod(pod)) return well;
    switch (scenario.is) {
      case 'late-schedule':
        return well;
      case 'broken-pods':
        return { is: 'broken' };
      case 'node-shortage': {
        const namespace = stringAt(pod, 'metadata', 'namespace') ?? '';
        if (!placed.has(namespace)) {
          placed.add(namespace);
          return well;
        }
        if (scenario.lasts === null) return { is: 'unplaced', until: null, after: readyAfter };
        began ??= now.getTime();
        const left = began + scenario.lasts * 1000 - now.getTime();
        return { is: 'unplaced', until: Math.max(0, left), after: readyAfter };
      }
    }
  };
}

/** When the release is requested: as given, or when the first schedule of its gates closes. Throws USAGE. */
export function startOf(scenario: Scenario | null, given: Date, deliveries: readonly Delivery[]): Date {
  if (scenario?.is !== 'late-schedule') return given;
  const first = (conditions: readonly Condition[]) =>
    conditions
      .map((condition) => gates[condition.kind].closesAt(condition, given))
      .filter((one) => one !== null)
      .sort((left, right) => left.getTime() - right.getTime())[0];
  const ofStart = deliveries.flatMap(({ startWhen }) => startWhen);
  const later = deliveries.flatMap(({ steps, doneWhen }) => [...steps.flatMap((step) => step.leaveWhen), ...doneWhen]);
  const found = first(ofStart) ?? first(later);
  if (found !== undefined) return found;
  const names = deliveries.map(({ name }) => name).join(', ');
  throw inputError('USAGE', `with is late-schedule, but ${names} has no schedule that closes`, {
    hint: 'remove --with, or add a schedule to startWhen or to a step',
  });
}
