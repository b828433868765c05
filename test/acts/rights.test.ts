import { describe, expect, test } from 'vitest';
import { everyFeature } from './rights-of-features.ts';
import { everyKind } from './rights-of-kinds.ts';
import { unused } from './rights-scene.ts';

/** With exactly the role that `stepgate permissions` prints for its duty, every command does what it does with all rights. */

describe('every kind of workload', everyKind);
describe('every feature', everyFeature);

// It judges what the tests before it have used.
test('no role has a right that none of its commands uses', () => {
  expect(unused()).toEqual([]);
});
