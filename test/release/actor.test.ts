import { describe, expect, test } from 'vitest';
import { gates } from '../../src/gates/index.ts';
import { actorOf, isRerun, login, personKey, type RunRef, sameRun } from '../../src/release/actor.ts';
import type { Condition } from '../../src/release/delivery.ts';
import { mayApprove } from '../../src/release/gate.ts';

const host: RunRef = { by: 'host', host: 'laptop', user: 'ada' };
const github = (id: string, attempt = 1): RunRef => ({
  by: 'github',
  id,
  attempt,
  event: 'push',
  url: 'https://x.example',
});

describe('what makes two names one person', () => {
  test.for([
    ['ada', 'ada'],
    ['Ada', 'ada'],
    ['@ADA', 'ada'],
    ['ada-lovelace', 'ada-lovelace'],
    ['corp_ada', 'corp_ada'],
    ['ada@corp.example', 'ada@corp.example'],
    ['Ada Lovelace', 'ada lovelace'],
    ['a', 'a'],
    ['kube:ada', 'kube:ada'],
    ['kube:Ada', 'kube:Ada'],
    ['kube:system:serviceaccount:ci:bot', 'kube:system:serviceaccount:ci:bot'],
    // No account is called so.
    ['', null],
    ['@', null],
    ['@@ada', null],
    [' ada', null],
    ['ada ', null],
    ['ada  lovelace', null],
    ['ada\n', null],
    ['ada\tx', null],
    ['аda', null],
    ['ada\u200b', null],
    ['\u202eada', null],
    ['github-actions[bot]', null],
    ['-ada', null],
    ['ada-', null],
    ['a'.repeat(300), null],
    ['kube:', null],
    ['kube: ada', null],
    ['kube:ada\n', null],
    ['kube:ada\u202e', null],
    ['kube:\u200bada', null],
    ['kube:ada\u2028lovelace', null],
    ['kube:ada lovelace', 'kube:ada lovelace'],
    [`kube:${'a'.repeat(300)}`, null],
  ] as const)('%j: %j', ([name, key]) => {
    expect(personKey(name)).toBe(key);
  });

  test('an @ and the case of a login do not count, those of a user of the cluster do', () => {
    expect([login('@Ada'), login('ADA'), login('kube:@Ada')]).toEqual(['ada', 'ada', 'kube:@Ada']);
  });
});

describe('who an actor is', () => {
  test.for([
    ['ada', 'push', 'person'],
    ['ada', '', 'person'],
    ['ada', 'schedule', 'schedule'],
    ['github-actions[bot]', 'push', 'bot'],
    ['Renovate[BOT]', 'push', 'bot'],
    ['github-actions[bot]', 'schedule', 'schedule'],
    ['[bot]', '', 'bot'],
    ['ada[bot', '', 'nobody'],
    ['', 'push', 'nobody'],
    ['аda', 'push', 'nobody'],
  ] as const)('%j on %j: %s', ([name, event, is]) => {
    expect(actorOf(name, { event, known: 'github' })).toEqual({ name, is, known: 'github' });
  });
});

describe('who may approve', () => {
  const by = (...from: string[]): Condition => ({
    kind: 'approval',
    by: ['command'],
    notAuthor: false,
    notMerger: false,
    name: 'sre',
    from,
    count: 1,
  });
  const soak: Condition = { kind: 'soak', name: 'soak', seconds: 60 };
  test.for([
    ['anybody, where nobody is named', [by()], 'ada', true],
    ['anybody, where nothing asks for an approval', [soak], 'ada', true],
    ['who is named', [by('bob', 'ada'), soak], 'ada', true],
    ['who is named in other letters', [by('@Ada')], 'aDA', true],
    ['not who is not named', [by('bob')], 'ada', false],
    ['who is named in every one', [by('ada', 'bob'), by('ada')], 'ada', true],
    ['not who is named in one of two', [by('ada'), by('bob')], 'ada', false],
    ['nobody, where the entry is gone', [{ ...by('ada'), gone: true }], 'ada', false],
    ['not a bot, even if it is named', [by('ci[bot]')], 'ci[bot]', false],
    ['not an empty name', [by()], '', false],
    ['not letters that look like others', [by('ada')], 'аda', false],
    ['a user of the cluster in its own case', [by('kube:Ada')], 'kube:Ada', true],
    ['not in another', [by('kube:Ada')], 'kube:ada', false],
    ['not the account of the same name', [by('kube:ada')], 'ada', false],
  ] as readonly [string, Condition[], string, boolean][])('%s', ([, conditions, name, wanted]) => {
    expect(mayApprove(gates, conditions, name, null)).toBe(wanted);
  });
});

describe('runs', () => {
  test.for([
    ['another attempt', github('1'), github('1', 2), true],
    ['another run', github('1'), github('2'), false],
    ['a run without an id', github(''), github(''), false],
    ['the same command line', host, host, false],
    ['a run and a command line', github('1'), host, false],
    ['nothing', null, github('1'), false],
  ] as const)('%s', ([, one, other, wanted]) => {
    expect([sameRun(one, other), sameRun(other, one)]).toEqual([wanted, wanted]);
  });

  test('a second attempt is a re-run, a command line never is', () => {
    expect([isRerun(github('1')), isRerun(github('1', 2)), isRerun(host)]).toEqual([false, true, false]);
  });
});
