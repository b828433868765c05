import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunRef } from '../../src/release/actor.ts';
import { emptyRecord, holdOn, knownIds, type ReleaseRecord } from '../../src/release/record.ts';
import {
  approved,
  askedFor,
  closed,
  clusterBack,
  delivered,
  held,
  keepingLive,
  noted,
  rollingBack,
  settled,
} from '../../src/release/record-after.ts';
import { RECORD_ANNOTATION } from '../../src/release/record-fields.ts';
import { droppedApprovals, formatRecord, neededFor, parseRecord } from '../../src/release/record-text.ts';
import { approve, holdOf, record, rollback, v1, v2, v3 } from './situation.ts';

const at = '2026-11-21T10:00:00.000Z';
const revision = 'abc123';
const run: RunRef = { by: 'github', id: '4711', attempt: 1, event: 'workflow_dispatch', url: 'https://github.com/o/r' };
const host: RunRef = { by: 'host', host: 'laptop', user: 'ann' };

const comment = { id: 7, at, url: 'https://github.com/o/r/pull/1#issuecomment-7' };

const full = record(
  { ...v2, run, policy: 'f'.repeat(40), plan: 'plan' },
  {
    approvals: [approve(v2, 1), { ...approve(v2, 2, true), run }],
    holds: [holdOf(v3), holdOf(null, { run: { ...host, comment } })],
    rollback: rollback(v2, v1, {
      trouble: 'away',
      troubleCode: 'GIT_PUSH_FAILED',
      undo: { by: 'ann', at, run, reason: 'a trial' },
      way: 'pull-request',
    }),
    proposed: { is: 'revert', release: v2.id, number: 7, url: 'https://github.com/o/r/pull/7' },
    runs: [
      { by: 'ann', at, run, command: 'promote', about: v2.id },
      { by: 'ann', at, run: { ...run, comment }, command: 'hold', about: 'the delivery' },
    ],
    spent: [v3.id],
  },
);

/** The record as JSON, changed at one place. */
function changed(change: (value: Record<string, unknown>) => void): string {
  const value = JSON.parse(formatRecord(full)) as Record<string, unknown>;
  change(value);
  return JSON.stringify(value);
}

describe('the record', () => {
  test('survives its annotation', () => {
    expect(parseRecord(formatRecord(full))).toEqual(full);
    expect(parseRecord(null)).toEqual(emptyRecord);
  });

  test.for([
    ['not JSON', '{'],
    ['a version to come', changed((value) => Object.assign(value, { version: 3 }))],
    ['not an object', '[]'],
    ['nothing but a version', '{"version":2}'],
    ['a release without a commit', changed((value) => Object.assign(value, { release: { id: 'x' } }))],
    ['a release that is a number', changed((value) => Object.assign(value, { release: 5 }))],
    ['a rollback that is a list', changed((value) => Object.assign(value, { rollback: [] }))],
    ['an unknown rollback state', changed((value) => Object.assign(value['rollback'] as object, { cluster: 'maybe' }))],
    ['a rollback without its reason', changed((value) => Object.assign(value['rollback'] as object, { reason: 1 }))],
    ['approvals that are none', changed((value) => Object.assign(value, { approvals: null }))],
    [
      'an approval without a step',
      changed((value) => Object.assign(value, { approvals: [{ release: 'x', by: 'a', at }] })),
    ],
    ['a step below the start', changed((value) => Object.assign(value, { approvals: [{ ...approve(v2, -1) }] }))],
    [
      'forced by a word',
      changed((value) => Object.assign(value, { approvals: [{ ...approve(v2, 1), forced: 'yes' }] })),
    ],
    [
      'a plan that is a number',
      changed((value) => Object.assign(value, { approvals: [{ ...approve(v2, 1), plan: 1 }] })),
    ],
    [
      'a hold that does not say of what',
      changed((value) => Object.assign(value, { holds: [{ by: 'a', at, reason: '' }] })),
    ],
    ['a time that is none', changed((value) => Object.assign(value, { holds: [holdOf(v2, { at: 'soon' })] }))],
    ['a run of nobody', changed((value) => Object.assign(value, { holds: [{ ...holdOf(v2), run: { by: 'moon' } }] }))],
    ['runs that are names', changed((value) => Object.assign(value, { runs: ['4711'] }))],
    ['ids that are numbers', changed((value) => Object.assign(value, { spent: [1] }))],
    ['a way that nobody knows', changed((value) => Object.assign(value['rollback'] as object, { way: 'fax' }))],
    [
      'a pull request without a number',
      changed((value) => Object.assign(value, { proposed: { is: 'revert', release: v2.id } })),
    ],
    [
      'a pull request of a branch',
      changed((value) =>
        Object.assign(value, { proposed: { is: 'revert', release: v2.id, number: 'main', url: 'x' } }),
      ),
    ],
    ['needs that are words', changed((value) => Object.assign(value, { needs: { promote: 'two' } }))],
    ['a commit that is a branch', changed((value) => Object.assign(value, { before: { ...v1, commit: 'main' } }))],
  ] as const)('refuses %s: nothing is decided on a guess', ([, text]) => {
    expect(() => parseRecord(text)).toThrow(expect.objectContaining({ family: 'refused', code: 'RECORD_INVALID' }));
  });

  test.for([
    ['it is not JSON', '{'],
    ['it is not an object', 'null'],
    ['it is not an object', '[]'],
    [
      'the digest of a release is not 64 hex digits',
      changed((value) => Object.assign(value['release'] as object, { digest: v2.digest.slice(1) })),
    ],
    [
      'rollback.troubleCode is no text',
      changed((value) => Object.assign(value['rollback'] as object, { troubleCode: 7 })),
    ],
    [
      'a run has no attempt',
      changed((value) => Object.assign(value, { holds: [{ ...holdOf(v2), run: { ...run, attempt: '1' } }] })),
    ],
    ...(
      [
        ['a comment has no id', { ...comment, id: '7' }],
        ["'at' of a comment is not a time", { ...comment, at: 'today' }],
        ["'url' is no text", { ...comment, url: 7 }],
        ["'run.comment' is no object", 7],
      ] as const
    ).map(
      ([wanted, found]) =>
        [
          wanted,
          changed((value) => Object.assign(value, { holds: [{ ...holdOf(v2), run: { ...run, comment: found } }] })),
        ] as const,
    ),
  ] as const)('is refused: %s', ([wanted, text]) => {
    const message = `the annotation ${RECORD_ANNOTATION} on the Rollout is not a record of stepgate: ${wanted}`;
    expect(() => parseRecord(text)).toThrow(expect.objectContaining({ code: 'RECORD_INVALID', message }));
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

  test('what a later version noted is kept, on the entry that has it, through every change', () => {
    const later = changed((value) => {
      Object.assign(value, { policyOf: 'x', needs: { promote: 1 } });
      Object.assign(value['release'] as object, { whole: 'w2' });
      for (const key of ['approvals', 'holds', 'history', 'runs']) {
        for (const one of value[key] as object[]) Object.assign(one, { via: key });
      }
      Object.assign(value['rollback'] as object, { copies: ['a'] });
    });
    const read = parseRecord(later);
    const next = approved(held(read, holdOf(v1)), approve(v2, 3));
    const text = JSON.parse(formatRecord(next));
    expect([text.policyOf, text.release.whole, text.rollback.copies, text.needs]).toEqual([
      'x',
      'w2',
      ['a'],
      { promote: 1 },
    ]);
    for (const key of ['approvals', 'holds', 'history', 'runs'])
      expect(text[key].some((one: { via?: string }) => one.via === key)).toBe(true);
    // What was noted of a release goes into the history with it.
    const whole = delivered({ ...read, rollback: null }, read.release ?? v2, { at, revision });
    expect(JSON.parse(formatRecord(whole)).history[0]).toMatchObject({ id: v2.id, whole: 'w2', revision });
  });

  test.for([
    ['nothing asked', {}, null],
    ['as much as this version has', { promote: 1 }, null],
    ['more than this version has', { promote: 2 }, 2],
    ['more, of another act', { deploy: 2 }, null],
  ] as const)('needs: %s', ([, needs, wanted]) => {
    const text = changed((value) => Object.assign(value, { needs }));
    expect(neededFor(parseRecord(text), 'promote')).toBe(wanted);
  });

  test('record 1 is brought over: its approvals are dropped, an open rollback goes on', () => {
    const release = ({ id, commit, digest }: typeof v1) => ({ id, commit, digest });
    const one = JSON.stringify({
      version: 1,
      release: { ...release(v2), template: v2.template, by: 'ann', at },
      before: null,
      history: [{ ...release(v1), at }],
      approvals: [{ release: v2.id, step: 1, by: 'ann', at, forced: false }],
      holds: [{ digest: v2.digest, by: 'ann', at, reason: 'x'.repeat(5000) }],
      rollback: {
        from: release(v2),
        to: { ...release(v1), id: `${v1.id}-2` },
        by: 'ann',
        at,
        reason: 'bad',
        cluster: 'todo',
        git: 'todo',
        revert: null,
        also: false,
        trouble: null,
      },
    });
    const read = parseRecord(one);
    expect(droppedApprovals(one)).toBe(1);
    expect(read).toMatchObject({
      version: 2,
      approvals: [],
      runs: [],
      spent: [],
      history: [{ id: v1.id, template: null, revision: null }],
      holds: [{ digest: v2.digest, release: null, run: null }],
      rollback: { cluster: 'todo', beside: 'todo', bad: [release(v2)], undo: null, to: { template: null } },
    });
    expect(read.holds[0]?.reason).toHaveLength(1000);
    expect(parseRecord(formatRecord(read))).toEqual(read);
  });

  test('stays within its bound, and never loses what is held or where a rollback goes', () => {
    const many = Array.from({ length: 150 }, (_, index) =>
      holdOf(null, { digest: index.toString(16).padStart(64, '0'), release: v2.id, reason: 'r'.repeat(1000) }),
    );
    const large: ReleaseRecord = {
      ...full,
      holds: many,
      runs: Array.from({ length: 50 }, (_, index) => ({
        by: 'ann',
        at,
        run: { ...run, id: String(index) },
        command: 'hold',
        about: 'x'.repeat(200),
      })),
    };
    const text = formatRecord(large);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(64 * 1024);
    const read = parseRecord(text);
    expect(read.holds.map((hold) => hold.digest)).toEqual(many.map((hold) => hold.digest));
    expect([read.rollback, read.release, read.history]).toEqual([full.rollback, full.release, full.history]);
    expect(formatRecord(full)).toBe(JSON.stringify(full));
  });

  test('a reason is shortened when it is noted', () => {
    const long = held(record(v2), holdOf(v2, { reason: 'y'.repeat(200_000) })).holds[0]?.reason ?? '';
    expect([long.length, long.endsWith('...')]).toEqual([1000, true]);
  });

  test('what is delivered becomes stable, once', () => {
    const once = delivered(record(v2), v2, { at, revision });
    expect(once.history.map((one) => [one.id, one.template, one.revision])).toEqual([
      [v2.id, v2.template, revision],
      [v1.id, v1.template, null],
    ]);
    expect(delivered(once, v2, { at, revision }).history).toEqual(once.history);
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

  test('an approval for another plan stands beside the first, and does not replace it', () => {
    const one = approved(record(v2), approve(v2, 1));
    expect(approved(one, { ...approve(v2, 1), plan: 'another' }).approvals).toHaveLength(2);
  });

  test('after a rollback the bad release is no place to go back to, and stable has its new id', () => {
    const back = rollback(v2, v1);
    const before = delivered(record(v2, { rollback: back }), v2, { at, revision });
    const after = clusterBack(before, back, {
      template: 'template-1',
      made: null,
      revision,
      at,
      beside: 'todo',
      left: [],
    });
    expect(after.history.map((one) => [one.id, one.template, one.revision])).toEqual([
      [back.to.id, 'template-1', revision],
    ]);
    expect(after.release).toMatchObject({ id: back.to.id, template: 'template-1', plan: null });
    expect(after.rollback).toMatchObject({ cluster: 'done', beside: 'todo', git: 'todo' });
    // The ids that went out are remembered: neither goes out again.
    expect(knownIds(after)).toEqual(expect.arrayContaining([v1.id, v2.id, back.to.id]));
  });

  test('no id is forgotten: of what was superseded, overtaken, or has left the history', () => {
    let now = record(v2);
    now = askedFor(keepingLive(now, v2.id), v3);
    now = askedFor(keepingLive(now, v3.id), { ...v3, id: 'later' });
    expect(knownIds(now)).toContain(v2.id);
    const first = rollback(v3, v2, { bad: [v3] });
    now = rollingBack(now, first);
    now = rollingBack(now, rollback(v3, v1, { bad: [v3] }));
    expect(knownIds(now)).toContain(first.to.id);
  });

  test('a hold on the same template replaces the one before, and one of the delivery stands beside it', () => {
    const first = held(record(v2), holdOf(v2, { reason: 'a' }));
    const second = held(held(first, holdOf(v2, { reason: 'b' })), holdOf(null, { reason: 'c' }));
    expect(second.holds.map((one) => [one.digest, one.reason])).toEqual([
      [null, 'c'],
      [v2.digest, 'b'],
    ]);
    expect([holdOn(second, v3)?.reason, holdOn(first, v3)]).toEqual(['c', null]);
  });

  test('a run is listed once for each command, and the last fifty are', () => {
    const entry = (id: string, attempt: number) => ({
      by: 'ann',
      at,
      run: { ...run, id, attempt },
      command: 'promote',
      about: v2.id,
    });
    const twice = noted(noted(record(v2), entry('1', 1)), entry('1', 2));
    expect(twice.runs.map((one) => one.run)).toEqual([{ ...run, id: '1', attempt: 2 }]);
    const many = Array.from({ length: 60 }, (_, index) => entry(String(index), 1)).reduce(noted, record(v2));
    expect([many.runs.length, many.runs[0]?.run]).toEqual([50, { ...run, id: '59' }]);
  });

  test('a run that reads several comments is listed once for each of them', () => {
    const entry = (id: number) => ({
      by: 'ann',
      at,
      run: { ...run, comment: { ...comment, id } },
      command: 'hold',
      about: 'the delivery',
    });
    const runs = [entry(7), entry(8), entry(7)].reduce(noted, record(v2)).runs;
    expect(runs.map((one) => one.run?.comment?.id)).toEqual([7, 8]);
  });

  test('the ids of a rollback that was lifted are not given out again', () => {
    const lifted = closed(record(v1, { rollback: rollback(v2, v1, { cluster: 'done' }) }));
    expect(lifted.rollback).toBeNull();
    expect(knownIds(lifted)).toEqual(expect.arrayContaining([v1.id, v2.id, `${v1.id}-2`]));
  });

  test('what has no revert on the branch yet is noted with its hold, and stays so until that is lifted', () => {
    const open = record(v1, {
      holds: [holdOf(v2), holdOf(null), holdOf(v3)],
      rollback: rollback(v2, v1, { cluster: 'done' }),
    });
    const left = { commit: v2.commit, to: v1.commit };
    const next = askedFor(open, v3);
    expect(next.rollback).toBeNull();
    expect(next.holds).toEqual([{ ...holdOf(v2), unreverted: left }, holdOf(null), holdOf(v3)]);
    expect(held(next, holdOf(v2, { by: 'bob' })).holds[0]).toMatchObject({ by: 'bob', unreverted: left });
    expect(parseRecord(formatRecord(next))).toEqual(next);
    for (const git of ['done', 'ahead', 'none'] as const) {
      const settled = { ...open, rollback: rollback(v2, v1, { cluster: 'done', git }) };
      expect([git, askedFor(settled, v3).holds]).toEqual([git, open.holds]);
    }
    for (const wrong of [5, {}, { commit: 'main', to: v1.commit }, { commit: v2.commit }]) {
      const text = JSON.stringify({ ...next, holds: [{ ...holdOf(v2), unreverted: wrong }] });
      expect(() => parseRecord(text)).toThrow(expect.objectContaining({ code: 'RECORD_INVALID' }));
    }
  });
});

describe('settings', () => {
  const [one, two] = ['1'.repeat(64), '2'.repeat(64)];
  const live = { ...v2, whole: one };
  const { by: _by, run: _run, policy: _policy, plan: _plan, ...known } = live;
  const stable = { ...known, at, revision };
  const change = { ...live, id: '4444444444-22222222', commit: '4'.repeat(40), whole: two, over: live.id };

  test('that were written are an entry of the history, with the pods of the live release', () => {
    const before = record(change, { history: [stable] });
    const after = settled(before, at);
    expect(after.release).toMatchObject({ id: live.id, commit: change.commit, whole: two, settings: change.id });
    expect(after.release).not.toHaveProperty('over');
    expect(after.history).toMatchObject([
      { id: live.id, commit: change.commit, whole: two, settings: change.id, revision },
      { id: live.id, commit: live.commit, whole: one },
    ]);
    expect(settled(after, at)).toBe(after);
    expect(knownIds(after)).toContain(change.id);
    expect(parseRecord(formatRecord(after))).toEqual(after);
  });

  test('of a release that is not delivered yet are no entry of their own', () => {
    expect(settled(record(change, { history: [] }), at).history).toEqual([]);
  });

  test('are held by their content, and a release by its pods', () => {
    const bad = { ...rollback(v2, v1), from: { ...live, whole: two }, to: { ...stable, whole: one } };
    const after = rollingBack(record(live, { history: [stable] }), bad);
    expect([holdOn(after, { ...live, whole: two }) === null, holdOn(after, live) === null]).toEqual([false, true]);
    const ofPods = rollingBack(record(v2), rollback(v2, v1));
    expect(holdOn(ofPods, { ...v2, whole: one })).not.toBeNull();
  });

  test.for(['whole', 'settings', 'over', 'urgent'])('%s that is no text is refused', (key) => {
    const text = changed((value) => {
      value['release'] = { ...(value['release'] as object), [key]: 1 };
    });
    expect(() => parseRecord(text)).toThrow(`'${key}' is no text`);
  });
});
