import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sharingEqualParts } from '../../src/flow/observe/equal-parts.ts';
import { at, type JsonObject } from '../../src/release/json.ts';

const managed = (time: string): JsonObject => ({
  manager: 'kruise-rollout',
  operation: 'Update',
  time,
  fieldsV1: { 'f:status': { 'f:phase': {} } },
});

const rollout = (name: string, time: string): JsonObject => ({
  kind: 'Rollout',
  metadata: { name, managedFields: [managed(time)] },
  status: { phase: 'Progressing', conditions: [{ type: 'Progressing', status: 'True', reason: 'InRolling' }] },
});

describe('equal parts of the objects of a list', () => {
  test('are kept once, and each object has its own time and name', () => {
    const slim = sharingEqualParts();
    const [one, other] = [slim(rollout('one', '2026-01-01T00:00:00Z')), slim(rollout('other', '2026-01-02T00:00:00Z'))];
    for (const path of [
      ['metadata', 'managedFields', 0, 'fieldsV1'],
      ['status', 'conditions', 0],
    ] as const)
      expect(at(one, ...path)).toBe(at(other, ...path));
    expect(other).toEqual(rollout('other', '2026-01-02T00:00:00Z'));
  });

  test('change no value, whatever an object has (law)', () => {
    const value = fc.jsonValue().map((made) => JSON.parse(JSON.stringify(made)));
    const object = fc.record({
      metadata: fc.oneof(value, fc.record({ managedFields: fc.oneof(value, fc.array(value)) })),
      status: fc.oneof(value, fc.record({ conditions: fc.oneof(value, fc.array(value)) })),
    });
    fc.assert(
      fc.property(fc.array(object), (objects) => {
        const slim = sharingEqualParts();
        const before = JSON.stringify(objects);
        expect(JSON.stringify(objects.map(slim))).toBe(before);
        expect(JSON.stringify(objects)).toBe(before);
      }),
    );
  });

  test('are no more than a thousand at one time, and later ones are right', () => {
    const slim = sharingEqualParts();
    for (let index = 0; index < 3000; index += 1) {
      const object: JsonObject = { status: { conditions: [{ type: `Kind${index}` }, { type: 'Ready' }] } };
      expect(slim(object)).toEqual(object);
    }
  });
});
