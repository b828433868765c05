import { hostname, userInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { runIn } from '../../src/adapters/github-run.ts';

const job = {
  GITHUB_ACTIONS: 'true',
  GITHUB_EVENT_NAME: 'workflow_dispatch',
  GITHUB_ACTOR: 'ada',
  GITHUB_TRIGGERING_ACTOR: 'bob',
  GITHUB_RUN_ID: '4711',
  GITHUB_RUN_ATTEMPT: '2',
  GITHUB_SERVER_URL: 'https://git.example',
  GITHUB_REPOSITORY: 'shop/shop',
};

describe('in a workflow', () => {
  test('it is the run of this attempt, and whoever started the attempt', () => {
    expect(runIn(job, { who: null, inWorkflow: true })).toEqual({
      actor: { name: 'bob', is: 'person', known: 'github' },
      run: {
        by: 'github',
        id: '4711',
        attempt: 2,
        event: 'workflow_dispatch',
        url: 'https://git.example/shop/shop/actions/runs/4711',
      },
    });
  });

  test('a name that is given does not count', () => {
    expect(runIn(job, { who: 'cid', inWorkflow: true }).actor).toEqual({ name: 'bob', is: 'person', known: 'github' });
  });

  test.for([
    [
      'an old runner, which has no triggering actor',
      { GITHUB_TRIGGERING_ACTOR: undefined },
      { name: 'ada', is: 'person' },
    ],
    ['a schedule', { GITHUB_EVENT_NAME: 'schedule' }, { name: 'bob', is: 'schedule' }],
    ['a bot', { GITHUB_TRIGGERING_ACTOR: 'renovate[bot]' }, { name: 'renovate[bot]', is: 'bot' }],
    ['nobody', { GITHUB_TRIGGERING_ACTOR: undefined, GITHUB_ACTOR: undefined }, { name: '', is: 'nobody' }],
  ] as const)('%s', ([, env, actor]) => {
    expect(runIn({ ...job, ...env }, { who: null, inWorkflow: true }).actor).toMatchObject(actor);
  });

  test.for([
    [undefined, 1],
    ['', 1],
    ['0', 1],
    ['-3', 1],
    ['two', 1],
    ['1.5', 1],
    ['3', 3],
  ] as const)('attempt %j is %i', ([text, attempt]) => {
    expect(runIn({ ...job, GITHUB_RUN_ATTEMPT: text }, { who: null, inWorkflow: true }).run).toMatchObject({ attempt });
  });
});

describe('on a command line', () => {
  const here = { by: 'host', host: hostname(), user: userInfo().username };
  test.for([
    ['the name that is given', {}, 'cid', { name: 'cid', is: 'person', known: 'given' }],
    ['the account that the environment names', { GITHUB_ACTOR: 'ada' }, null, { name: 'ada', known: 'given' }],
    ['the user of the machine', {}, null, { name: userInfo().username, known: 'given' }],
    ['what is no name', {}, 'ci[bot]', { name: 'ci[bot]', is: 'bot', known: 'given' }],
  ] as const)('%s', ([, env, who, actor]) => {
    expect(runIn(env, { who, inWorkflow: false })).toMatchObject({ actor, run: here });
  });
});
