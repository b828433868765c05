import { conditionWords, gates } from '../gates/index.ts';
import { type Condition, conditionsAt, type Delivery, placeWords } from '../release/delivery.ts';
import type { Finding } from '../release/finding.ts';
import type { Engine } from '../release/observation.ts';

/**
 * The finding about gates that differ between the plan in force and today's plan. The release keeps the gates of the plan in
 * force until its commit is deployed again. Empty when no gate of the present step or a later one differs.
 */
export function gateEdits(inForce: Delivery, today: Delivery, engine: Engine): readonly Finding[] {
  if (inForce === today || inForce.steps.length !== today.steps.length) return [];
  const here = 'step' in engine ? engine.step : null;
  // A delivered release has a plan too, but its gates no longer matter.
  if (here === null && engine.at !== 'starting') return [];
  const places = Array.from({ length: today.steps.length + 1 }, (_, index) => index + 1);
  const edits = places
    .filter((place) => place >= (here ?? 1))
    .map((place) => ({ place, old: conditionsAt(inForce, place), next: conditionsAt(today, place) }))
    .filter(({ old, next }) => textOf(old) !== textOf(next));
  if (edits.length === 0) return [];
  const looser = edits.filter(({ old, next }) => old.some(isPersons) && !next.some(isPersons));
  return [
    {
      code: 'PLAN_CHANGED_MIDWAY',
      severity: looser.length > 0 ? 'warning' : 'note',
      message: 'gates changed while a release is under way: it keeps the old ones unless its commit is deployed again',
      facts: edits.map(({ place, old, next }) => {
        const freed = looser.some((one) => one.place === place);
        const effect = !freed
          ? 'approvals that were given are dropped'
          : place === here
            ? 'counts as an approval, for no person is waited for'
            : 'no person is waited for there';
        return `${placeWords(today, place)}, ${textOf(old)} -> ${textOf(next)}: ${effect}`;
      }),
      wayOut: 'nothing, to end the release under its old gates; or stepgate deploy of the same commit',
    },
  ];
}

function isPersons({ kind }: Condition): boolean {
  return gates[kind].waitsOn === 'person';
}

function textOf(conditions: readonly Condition[]): string {
  return conditions.length === 0 ? 'ready pods' : conditions.map(conditionWords).join(' and ');
}
