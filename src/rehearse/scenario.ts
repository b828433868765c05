import { parseDuration } from '../config/time.ts';
import { gates } from '../gates/index.ts';
import { metricQuestions } from '../gates/metric-questions.ts';
import { type Condition, type Delivery, placeNamed } from '../release/delivery.ts';
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
  | { readonly is: 'node-shortage'; readonly lasts: number | null }
  /** The step in which every metric gets bad, by name or number; null is the second one, or the only one. */
  | { readonly is: 'bad-metric'; readonly step: string | null };

const scenarios =
  'broken-pods, late-schedule, node-shortage (node-shortage:30m for one that passes) or bad-metric (bad-metric:STEP)';

/** Parses `--with`. Throws USAGE. */
export function readScenario(text: string | null): Scenario | null {
  if (text === null) return null;
  const [name = '', ...rest] = text.split(':');
  const lasts = rest.length === 0 ? null : rest.join(':');
  if (name === 'bad-metric') return { is: name, step: lasts };
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
      case 'bad-metric':
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

/** The step from which on the metrics of a delivery are bad; null for never. Throws USAGE for a step that it lacks. */
export function badFromIn(scenario: Scenario | null, deliveries: readonly Delivery[]): (name: string) => number | null {
  if (scenario?.is !== 'bad-metric') return () => null;
  const { step } = scenario;
  const found = new Map<string, number>();
  for (const delivery of deliveries) {
    if (metricQuestions(delivery).length === 0) continue;
    const place = step === null ? Math.min(2, delivery.steps.length) : placeNamed(delivery, step);
    if (place !== null && place >= 1 && place <= delivery.steps.length) found.set(delivery.name, place);
    else {
      const known = delivery.steps.map(({ name }) => name).join(', ');
      throw inputError('USAGE', `with is bad-metric:${step}, and ${delivery.name} has no such step`, {
        hint: `its steps: ${known}`,
      });
    }
  }
  if (found.size > 0) return (name) => found.get(name) ?? null;
  const names = deliveries.map(({ name }) => name).join(', ');
  throw inputError('USAGE', `with is bad-metric, but ${names} has no gate by metric`, {
    hint: 'remove --with, or add a metric to leaveWhen of a step',
  });
}
