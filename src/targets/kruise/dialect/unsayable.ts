import { at, type Json, listAt, objectAt, stringAt } from '../../../release/json.ts';
import type { KubeObject } from '../../../release/ports.ts';
import { NO_CANARY_SERVICE } from '../traffic/index.ts';

/** A part of a plan that an engine with only v1alpha1 can't be told, or does otherwise. */
export interface Unsayable {
  /** The key of the delivery's config that is about it. */
  readonly key: readonly (string | number)[];
  /** A text about the key. */
  readonly says: string;
  readonly hint: string;
}

/** The parts of a rendered Rollout that v1alpha1 has no words for (docs/engine.md#clusters-with-only-the-old-version). */
export function unsayable(rollout: KubeObject): readonly Unsayable[] {
  const strategy = objectAt(rollout, 'spec', 'strategy');
  if (at(strategy, 'blueGreen') !== undefined) {
    return [{ key: ['strategy'], says: 'strategy is blueGreen', hint: 'write strategy: canary or partition' }];
  }
  const block = objectAt(strategy, 'canary');
  const steps = listAt(block, 'steps');
  return [
    ...steps.flatMap((step, index) => matchProblems(step, index)),
    ...(listAt(block, 'trafficRoutings').length === 0 ? [] : lessTraffic(steps)),
    ...endsEarly(steps),
    ...trafficProblems(block),
  ];
}

function matchProblems(step: Json, index: number): readonly Unsayable[] {
  const key = ['steps', index, 'matches'];
  const found = new Set(listAt(step, 'matches').flatMap((match) => Object.keys(objectAt({ match }, 'match'))));
  found.delete('headers');
  if (found.size === 0) return [];
  const says = `matches of step ${index + 1} have ${[...found].join(' and ')}`;
  return [{ key, says, hint: 'match by headers alone, or leave matches out of the step' }];
}

/** The webhook of that version refuses less traffic than in the step before, where both say how much. */
function lessTraffic(steps: readonly Json[]): readonly Unsayable[] {
  return steps.flatMap((step, index) => {
    const [before, here] = [percentIn(steps[index - 1]), percentIn(step)];
    if (before === null || here === null || here >= before) return [];
    const says = `traffic of step ${index + 1} is ${here}%, less than the step before (${before}%)`;
    return [{ key: ['steps', index, 'traffic'], says, hint: `write ${before}% or more` }];
  });
}

/** That version also passes a last step with 100% of the traffic, whatever its replicas, and waits for nobody. */
function endsEarly(steps: readonly Json[]): readonly Unsayable[] {
  const last = steps.at(-1);
  if (percentIn(last) !== 100 || at(last, 'replicas') === '100%') return [];
  const says = `traffic of the last step is 100% and its replicas are not: the engine leaves such a step by itself`;
  return [{ key: ['steps', steps.length - 1, 'traffic'], says, hint: 'write replicas: 100%, or less traffic' }];
}

function trafficProblems(block: Json): readonly Unsayable[] {
  const custom = listAt(block, 'trafficRoutings').some((routing) => at(routing, 'customNetworkRefs') !== undefined);
  return [
    ...(custom ? [{ key: ['traffic'], says: 'traffic has custom routes', hint: 'use an ingress or a gateway' }] : []),
    ...(at(block, NO_CANARY_SERVICE) === true
      ? [{ key: ['traffic'], says: 'traffic has canaryService: false', hint: 'leave canaryService out' }]
      : []),
  ];
}

function percentIn(step: Json | undefined): number | null {
  const text = stringAt(step, 'traffic');
  return text === null ? null : Number.parseFloat(text);
}
