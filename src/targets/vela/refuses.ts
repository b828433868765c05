import type { Asked, RefusedPart } from '../../release/target.ts';
import { unsayable } from '../kruise/dialect/unsayable.ts';
import { strategyOf } from '../kruise/strategy.ts';
import { refusedTraffic } from './routes.ts';

/**
 * What of a delivery's config the trait `kruise-rollout` has no words for, or says in a way that the addon can't evaluate or
 * its engine denies (docs/kubevela.md#what-the-trait-cant-say).
 */
export function refuses(asked: Asked): readonly RefusedPart[] {
  const own = [...ofWorkload(asked), ...ofSteps(asked), ...refusedTraffic(asked.traffic), ...ofSettings(asked)];
  // A blueGreen plan has no other form, so nothing else can be said about it.
  if (asked.style === 'blueGreen') return own;
  const told = new Set(own.map(({ key }) => key.join('.')));
  const denied = unsayable({ spec: { strategy: strategyOf(asked) } }).flatMap(({ key, says, hint }): RefusedPart[] => {
    const [first, ...rest] = key;
    if (typeof first !== 'string' || told.has(key.join('.')) || first === 'traffic') return [];
    return [{ key: [first, ...rest], says: `can't be told to the addon's engine: ${says}`, hint }];
  });
  return [...own, ...denied];
}

function ofWorkload({ workload, style }: Asked): readonly RefusedPart[] {
  const found: RefusedPart[] = [];
  // An empty kind was refused where it stands.
  if (workload.kind !== 'Deployment' && workload.kind !== '') {
    const says = `is ${workload.kind}: only a component that makes a Deployment is supported`;
    found.push({
      key: ['workload', 'kind'],
      says,
      hint: 'write Deployment, or release the workload with target: kruise',
    });
  }
  if (style === 'blueGreen') {
    const says = 'is blueGreen: the trait has no word for it';
    found.push({ key: ['strategy'], says, hint: 'write strategy: canary or partition' });
  }
  return found;
}

function ofSteps({ steps }: Asked): readonly RefusedPart[] {
  return steps.flatMap(({ matches, requestHeaders }, index): RefusedPart[] => [
    ...(matches.length === 0
      ? []
      : [
          {
            key: ['steps', index, 'matches'] as const,
            says: "can't be used: the addon does not evaluate a trait with matches, and the Application would fail",
            hint: 'leave matches out, and split by traffic alone',
          },
        ]),
    ...(requestHeaders === null
      ? []
      : [
          {
            key: ['steps', index, 'requestHeaders'] as const,
            says: "can't be used: the trait has no word for it",
            hint: 'leave requestHeaders out',
          },
        ]),
  ]);
}

function ofSettings({ settings }: Asked): readonly RefusedPart[] {
  return Object.keys(settings).map((key) => ({
    key: [key],
    says: "can't be used: the trait has no word for it",
    hint: `leave ${key} out`,
  }));
}
