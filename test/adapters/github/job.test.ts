import { hostname, userInfo } from 'node:os';
import { describe, expect, test } from 'vitest';
import { placeIn, runIn, tokenIn } from '../../../src/adapters/github/job.ts';

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

describe('the repository', () => {
  const here = { GITHUB_REPOSITORY: 'acme/shop' };

  test.for([
    [
      'at github.com',
      here,
      {
        api: 'https://api.github.com',
        graphql: 'https://api.github.com/graphql',
        title: 'github.com/acme/shop',
        url: 'https://github.com/acme/shop',
      },
    ],
    [
      'of a job at github.com',
      {
        ...here,
        GITHUB_SERVER_URL: 'https://github.com',
        GITHUB_API_URL: 'https://api.github.com',
        GITHUB_GRAPHQL_URL: 'https://api.github.com/graphql',
      },
      { api: 'https://api.github.com', graphql: 'https://api.github.com/graphql', title: 'github.com/acme/shop' },
    ],
    [
      'at a server of its own',
      { ...here, GITHUB_SERVER_URL: 'https://git.example:8443/', GITHUB_API_URL: 'https://git.example:8443/api/v3/' },
      {
        api: 'https://git.example:8443/api/v3',
        graphql: 'https://git.example:8443/api/graphql',
        title: 'git.example:8443/acme/shop',
        url: 'https://git.example:8443/acme/shop',
      },
    ],
    [
      'with an address for GraphQL',
      { ...here, GITHUB_GRAPHQL_URL: 'https://graph.example/q' },
      { api: 'https://api.github.com', graphql: 'https://graph.example/q' },
    ],
    ['of this machine', { ...here, GITHUB_API_URL: 'http://127.0.0.1:80' }, { api: 'http://127.0.0.1:80' }],
    ['with dots', { GITHUB_REPOSITORY: 'acme/.github' }, { owner: 'acme', name: '.github' }],
  ] as const)('%s', ([, env, place]) => {
    expect(placeIn(env)).toMatchObject(place);
  });

  test.for([
    [{}, 'GITHUB_REPOSITORY does not name the repository'],
    [{ GITHUB_REPOSITORY: 'shop' }, "GITHUB_REPOSITORY is 'shop'"],
    [{ GITHUB_REPOSITORY: 'acme/shop/x' }, "GITHUB_REPOSITORY is 'acme/shop/x'"],
    [{ GITHUB_REPOSITORY: 'acme/..' }, "GITHUB_REPOSITORY is 'acme/..'"],
    [{ GITHUB_REPOSITORY: '../shop' }, "GITHUB_REPOSITORY is '../shop'"],
    [{ ...here, GITHUB_SERVER_URL: 'https://git.example' }, 'GITHUB_API_URL does not say where its API is'],
    [{ ...here, GITHUB_API_URL: 'http://git.example' }, "GITHUB_API_URL is 'http://git.example'"],
    [{ ...here, GITHUB_API_URL: 'git.example' }, "GITHUB_API_URL is 'git.example'"],
    [{ ...here, GITHUB_API_URL: 'https://git.example/?x=' }, 'GITHUB_API_URL is'],
    [{ ...here, GITHUB_API_URL: 'https://ada:secret@git.example' }, "GITHUB_API_URL is '...'"],
    [{ ...here, GITHUB_GRAPHQL_URL: 'ftp://git.example' }, "GITHUB_GRAPHQL_URL is 'ftp://git.example'"],
    [{ ...here, GITHUB_SERVER_URL: 'http://git.example' }, "GITHUB_SERVER_URL is 'http://git.example'"],
  ] as const)('none in %j', ([env, why]) => {
    expect(placeIn(env)).toEqual({ missing: expect.stringContaining(why) });
  });
});

test.for([
  [{}, null],
  [{ GITHUB_TOKEN: ' ' }, null],
  [{ GITHUB_TOKEN: 'ghp_x\n' }, 'ghp_x'],
  [{ GH_TOKEN: 'ghp_x' }, null],
] as const)('the token of a command line in %j', ([env, token]) => {
  expect(tokenIn(env)).toBe(token);
});
