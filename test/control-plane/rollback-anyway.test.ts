import { expect, test } from 'vitest';
import { type Obstacle, obstacles } from './obstacles.ts';
import { byCommand, byPolicy, byTick, type Moment, type Style } from './rollback-rows.ts';

/** Each obstacle once, with the styles and moments spread over them; `npm run test:rollback` has every combination. */
const slice: readonly (readonly [what: string, style: Style, moment: Moment])[] = [
  ['the manifests moved', 'partition', 'in mid-release'],
  ['the manifests turned into kustomize', 'canary', 'after delivery'],
  ['kustomize missing', 'blueGreen', 'in mid-release'],
  ['its remote base gone', 'partition', 'after delivery'],
  ['its remote base changed', 'canary', 'in mid-release'],
  ['a shallow clone, and the Git server away', 'blueGreen', 'after delivery'],
  ['stable’s commit in no clone', 'partition', 'in mid-release'],
  ['a config that has become invalid', 'canary', 'after delivery'],
  ['an empty folder, with nothing but a kubeconfig and the delivery’s name', 'blueGreen', 'in mid-release'],
];

test('each obstacle has a row', () => {
  expect(slice.map(([what]) => what)).toEqual(obstacles.map(({ what }) => what));
});

test.concurrent.for(slice)('%s: %s, %s', ([what, style, moment]) =>
  byCommand({ obstacle: named(what), style, moment }),
);

test.concurrent('killed in its middle, with kustomize missing: a tick finishes it', () =>
  byTick({ obstacle: named('kustomize missing'), style: 'partition', moment: 'after delivery' }));

test.concurrent('by policy, with the manifests moved', () =>
  byPolicy({ obstacle: named('the manifests moved'), style: 'canary' }));

function named(what: string): Obstacle {
  const found = obstacles.find((one) => one.what === what);
  if (found === undefined) throw new Error(`no obstacle is called '${what}'`);
  return found;
}
