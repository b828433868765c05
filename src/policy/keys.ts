import { oneOf } from '../config/found.ts';
import { type Key, type Keys, keys, list, type Shape, text } from '../config/shapes.ts';
import { afterKey } from '../gates/after.ts';
import { conditionKeys, entryKeys } from '../gates/index.ts';
import { targets } from '../targets/index.ts';

const { workloadKinds, laterWorkloadKinds } = targets.usual;

const anything = keys({});

const condition: Shape = {
  is: 'either',
  text: { is: 'word', words: conditionKeys.alone, or: `, ${oneOf(conditionKeys.examples.map((one) => `{${one}}`))}` },
  other: keys(conditionKeys.keys, { exactlyOne: Object.keys(conditionKeys.keys) }),
};

const matchValue = (types: readonly string[]): Keys['keys'] => ({
  type: { about: 'how the value is compared', shape: { is: 'word', words: types } },
  value: { about: 'what is compared with', shape: text('text'), required: true },
});
const namedMatches = list(
  keys({
    name: { about: 'its name', shape: text('text'), required: true },
    ...matchValue(['Exact', 'RegularExpression']),
  }),
  { max: 16 },
);

const step = keys({
  name: { about: 'the name used in reports and by --step; step-1, step-2, ... by default', shape: text('step') },
  replicas: {
    about: 'pods of the new version: a number or a percentage',
    shape: { is: 'either', text: text('replicas'), other: { is: 'integer', min: 1, max: 2 ** 31 - 1 } },
    required: true,
  },
  traffic: { about: 'percentage of the traffic for the new version, such as 5%', shape: text('percent') },
  matches: {
    about: 'requests that go to the new version, whatever the percentage',
    shape: list(
      keys({
        path: { about: 'the path', shape: keys(matchValue(['Exact', 'PathPrefix', 'RegularExpression'])) },
        headers: { about: 'headers, all of which match', shape: namedMatches },
        queryParams: { about: 'query parameters, all of which match', shape: namedMatches },
      }),
      { min: 1, max: 16 },
    ),
  },
  leaveWhen: {
    about: 'what the step waits for; an approval by default, [] goes on when ready',
    shape: list(condition),
  },
  timer: {
    about: 'who times a lone soak; the engine needs no runner, and looks at nothing while it waits',
    shape: { is: 'word', words: ['stepgate', 'engine'] },
  },
});

const strategy: Shape = { is: 'word', words: ['partition', 'canary', 'blueGreen'] };
/** The engine's schema takes no more. */
const steps = list(step, { min: 1, max: 50 });

const planKeys = {
  strategy: { about: 'how the engine moves pods', shape: strategy },
  startWhen: { about: 'what a release waits for before it starts', shape: list(condition) },
  steps: { about: 'the steps of a release, in order', shape: steps },
  doneWhen: { about: 'what a release waits for before it counts as delivered', shape: list(condition) },
  rollback: {
    about: 'when stepgate rolls back by itself, and how',
    shape: keys({
      on: {
        about: 'what rolls back; nothing by default',
        shape: list({
          is: 'word',
          words: ['stuck', 'unready'],
          later: { metric: 'roll back on stuck and unready, and look at metrics before an approval' },
        }),
      },
      stuckAfter: { about: 'time in which a step has to become ready; 15m by default', shape: text('duration') },
      git: {
        about: 'how the revert reaches Git: auto (default) pushes it, and so far so does commit',
        shape: {
          is: 'word',
          words: ['auto', 'commit'],
          later: { 'pull-request': 'use auto, which pushes the revert' },
        },
      },
    }),
  },
} as const satisfies Keys['keys'];

const cluster: Key = {
  about: 'the cluster, as in the kubeconfig',
  shape: keys({
    context: { about: 'the context of the kubeconfig; the current one by default', shape: text('text') },
    exec: { about: 'programs that the kubeconfig may run to sign in', shape: list(text('text')) },
  }),
};

const namespace: Key = { about: 'the namespace of the workload', shape: text('label') };
const workload: Key = {
  about: 'what is released',
  shape: keys({
    kind: {
      about: 'its kind',
      shape: {
        is: 'word',
        words: workloadKinds,
        later: Object.fromEntries(
          laterWorkloadKinds.map((kind) => [
            kind,
            `only ${oneOf(
              workloadKinds.map((one) => `${one}s`),
              'and',
            )} are released so far`,
          ]),
        ),
      },
      required: true,
    },
    name: { about: 'its name', shape: text('subdomain'), required: true },
  }),
};
const source: Key = {
  about: "where the manifests are, from the repository's root; {env} and {name} are filled in",
  shape: keys(
    {
      files: { about: 'files or patterns, such as deploy/*.yaml', shape: list(text('path'), { min: 1 }) },
      kustomize: { about: 'a folder with a kustomization', shape: text('path') },
      helm: {
        about: 'a chart',
        shape: anything,
        later: 'use files or kustomize (for instance on the output of helm template)',
      },
    },
    { exactlyOne: ['files', 'kustomize', 'helm'] },
  ),
};
const traffic: Key = {
  about: 'what routes the traffic of steps that have some',
  shape: keys(
    {
      service: { about: 'the Service of the workload', shape: text('service'), required: true },
      grace: { about: 'time that routes get to take effect, such as 3s', shape: text('durationOrZero') },
      ingress: {
        about: 'an Ingress that leads to the Service',
        shape: keys({
          name: { about: 'its name', shape: text('subdomain'), required: true },
          class: {
            about: 'nginx (default), aliyun-alb, higress, mse, or one the engine was taught',
            shape: text('label'),
          },
        }),
      },
      gateway: {
        about: 'a Gateway API route that leads to the Service',
        shape: keys({ route: { about: 'the name of the HTTPRoute', shape: text('subdomain'), required: true } }),
      },
    },
    { exactlyOne: ['ingress', 'gateway'] },
  ),
};
const delivery: Key = { about: 'the name of the delivery', shape: text('label'), required: true };

/** The one-block form: a delivery that says everything itself. */
const block = keys({
  delivery,
  namespace: { ...namespace, required: true },
  cluster,
  workload: { ...workload, required: true },
  source: { ...source, required: true },
  traffic,
  plan: { about: 'a plan of plans; keys given here replace its keys', shape: text('word') },
  ...planKeys,
});

const refPatterns = list(text('refPattern'), { min: 1, max: 50 });
const commits: Key = {
  about: 'commits that may be released beside those on the policy branch; none by default',
  shape: {
    is: 'either',
    text: { is: 'word', words: ['any'], or: ", or {branches: [release/*], tags: ['v*']}" },
    other: keys(
      {
        branches: { about: 'commits on these branches, such as release/*', shape: refPatterns },
        tags: { about: 'commits of these tags, such as v*', shape: refPatterns },
      },
      { atLeastOne: ['branches', 'tags'] },
    ),
  },
};
const people: Key = {
  about: 'cluster: people are the users of the cluster; or those users, each with its account',
  shape: {
    is: 'either',
    text: { is: 'word', words: ['cluster'], or: ', or a map from users of the cluster to accounts' },
    other: { is: 'names', names: 'clusterUser', of: text('login'), insteadOfNone: 'people: cluster' },
  },
};

/** stepgate.yaml at the root. */
export const rootShape: Keys = keys({
  version: { about: 'the version of this format', shape: { is: 'one', value: 1 }, required: true },
  deliveries: { about: 'deliveries that say everything themselves', shape: list(block, { min: 1 }) },
  include: {
    about: 'files with one delivery each, which go through environments',
    shape: list(text('include'), { min: 1 }),
  },
  environments: {
    about: 'where included deliveries go, by name',
    shape: {
      is: 'names',
      names: 'label',
      of: keys({
        cluster,
        namespace: { ...namespace, about: 'the namespace of deliveries that name none' },
        plan: { about: 'the plan that releases follow here', shape: text('word'), required: true },
        after: afterKey,
      }),
    },
  },
  plans: {
    about: 'plans, by name',
    shape: {
      is: 'names',
      names: 'word',
      of: keys({
        ...planKeys,
        strategy: { ...planKeys.strategy, required: true },
        steps: { ...planKeys.steps, required: true },
      }),
    },
  },
  commits,
  people,
  ...entryKeys,
});

const overrides = { namespace, workload, source, traffic };

/** What decides who may release what is never taken from an included file: a team could loosen its own gates. */
const granting = {
  keys: [
    'cluster',
    'plan',
    'strategy',
    'steps',
    'startWhen',
    'doneWhen',
    'rollback',
    'environments',
    'plans',
    'include',
    'deliveries',
    'after',
    'leaveWhen',
    'gates',
    'commits',
    'people',
    ...Object.keys(entryKeys),
  ],
  why: 'it grants, and what grants stands in the root stepgate.yaml only: a service must not loosen its own gates',
};

/** A file of `include`: one service and the environments it goes to. */
export const includedShape: Keys = keys(
  {
    delivery: { ...delivery, about: 'the name of the service; its deliveries are called name@environment' },
    workload: { ...workload, required: true },
    source: { ...source, required: true },
    traffic,
    namespace,
    in: {
      about: 'the environments it goes to, each with what is different there (whole keys are replaced)',
      shape: { is: 'names', names: 'label', of: keys(overrides, { refused: granting, mayBeEmpty: true }) },
      required: true,
    },
  },
  { refused: granting },
);
