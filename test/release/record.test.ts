import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  approved,
  askedFor,
  clusterBack,
  delivered,
  emptyRecord,
  formatRecord,
  held,
  parseRecord,
} from '../../src/release/record.ts';
import { approve, record, rollback, v1, v2, v3 } from './situation.ts';

const at = '2026-11-21T10:00:00.000Z';

describe('the record', () => {
  test('survives its annotation', () => {
    const full = record(v2, {
      approvals: [approve(v2, 1), approve(v2, 2, true)],
      holds: [{ digest: v3.digest, by: 'ann', at, reason: 'smells' }],
      rollback: rollback(v2, v1, { trouble: 'away' }),
    });
    expect(parseRecord(formatRecord(full))).toMatchObject(full);
    expect(parseRecord(null)).toEqual(emptyRecord);
  });

  test.for([
    ['not JSON', '{'],
    ['another version', '{"version":2}'],
    ['not an object', '[]'],
    ['a release without a commit', JSON.stringify({ ...record(v2), release: { id: 'x' } })],
    [
      'an unknown rollback state',
      JSON.stringify({ ...record(v2), rollback: { ...rollback(v2, v1), cluster: 'maybe' } }),
    ],
    ['an approval without a step', JSON.stringify({ ...record(v2), approvals: [{ release: 'x', by: 'a', at }] })],
  ] as const)('refuses %s: nothing is decided on a guess', ([, text]) => {
    expect(() => parseRecord(text)).toThrow(expect.objectContaining({ code: 'RECORD_INVALID' }));
  });

  test('any text is a record or refused, never something else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseRecord(text);
        } catch (error) {
          expect(error).toMatchObject({ family: 'refused', code: 'RECORD_INVALID' });
        }
      }),
      { numRuns: 2000, verbose: 1 },
    );
  });

  test('what is delivered becomes stable, once', () => {
    const once = delivered(record(v2), v2, at);
    expect(once.history.map((one) => one.id)).toEqual([v2.id, v1.id]);
    expect(delivered(once, v2, at).history).toEqual(once.history);
  });

  test('asking for another release drops the approvals of the one before', () => {
    const both = record(v2, { approvals: [approve(v2, 1), approve(v3, 1)] });
    expect(askedFor(both, v3).approvals).toEqual([approve(v3, 1)]);
  });

  test('a rollback goes on until the cluster is back; a revert still to be pushed would take a newer commit back too', () => {
    const under = (cluster: 'todo' | 'done') =>
      askedFor(record(v1, { rollback: rollback(v2, v1, { cluster }) }), v3).rollback;
    expect([under('todo') === null, under('done') === null]).toEqual([false, true]);
  });

  test('the same approval twice is one, and a forced one is not taken back by a plain one', () => {
    const one = approved(record(v2), approve(v2, 1));
    expect(approved(one, approve(v2, 1))).toBe(one);
    const forced = approved(one, approve(v2, 1, true));
    expect(forced.approvals).toEqual([approve(v2, 1, true)]);
    expect(approved(forced, approve(v2, 1))).toBe(forced);
  });

  test('after a rollback the bad release is no place to go back to, and stable has its new id', () => {
    const back = rollback(v2, v1);
    const after = clusterBack(delivered(record(v2, { rollback: back }), v2, at), back, 'template-1', at);
    expect(after.history.map((one) => one.id)).toEqual([back.to.id]);
    expect(after.release).toMatchObject({ id: back.to.id, template: 'template-1' });
    expect(after.rollback).toMatchObject({ cluster: 'done', git: 'todo' });
  });

  test('a hold on the same template replaces the one before', () => {
    const first = held(record(v2), { digest: v2.digest, by: 'ann', at, reason: 'a' });
    expect(held(first, { digest: v2.digest, by: 'bob', at, reason: 'b' }).holds).toEqual([
      { digest: v2.digest, by: 'bob', at, reason: 'b' },
    ]);
  });
});
