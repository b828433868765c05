import { oneOf } from '../config/found.ts';
import { type Key, type Keys, keys, list, type Shape, text } from '../config/shapes.ts';
import { afterKey } from '../gates/after.ts';
import { promotionKey } from '../gates/approval.ts';
import { conditionKeys, entryKeys } from '../gates/index.ts';
import { revertWays, rollbackTriggers } from '../release/delivery.ts';
import { settingsInConfig, targets, trafficInConfig } from '../targets/index.ts';
import { freezeLabel } from './freeze-issue.ts';
import { KUBE_VERSION } from './source.ts';

const { workloadKinds, laterWorkloadKinds } = targets.usual;
const { key: traffic } = trafficInConfig;

const condition: Shape = {
  is: 'either',
  text: { is: 'word', words: conditionKeys.alone, or: `, ${oneOf(conditionKeys.examples.map((one) => `{${one}}`))}` },
  other: keys(conditionKeys.keys, { exactlyOne: Object.keys(conditionKeys.keys) }),
};

const step = keys({
  name: { about: 'the name used in reports and by --step; step-1, step-2, ... by default', shape: text('step') },
  replicas: {
    about: 'pods of the new version: a number or a percentage',
    shape: { is: 'either', text: text('replicas'), other: { is: 'integer', min: 1, max: 2 ** 31 - 1 } },
    required: true,
  },
  ...trafficInConfig.step.keys,
  leaveWhen: {
    about: 'what the step waits for; an approval by default, with [] only for ready pods',
    shape: list(condition),
  },
  timer: {
    about:
      'who times a single soak; with engine no runner is needed, and pods, holds and freezes are not checked meanwhile',
    shape: { is: 'word', words: ['stepgate', 'engine'] },
  },
});

const strategy: Shape = { is: 'word', words: ['partition', 'canary', 'blueGreen'] };
/** As many as a person can follow; the engine takes more. */
const steps = list(step, { min: 1, max: 50 });

const planKeys = {
  strategy: { about: 'how the engine moves pods', shape: strategy },
  startWhen: { about: 'what a release waits for before it starts', shape: list(condition) },
  steps: { about: 'the steps of a release, in order', shape: steps },
  doneWhen: { about: 'what a release waits for before it counts as delivered', shape: list(condition) },
  ...settingsInConfig.keys,
  rollback: {
    about: 'when stepgate rolls back by itself, and how',
    shape: keys({
      on: {
        about: 'the problems for which stepgate rolls back; none by default',
        shape: list({
          is: 'word',
          words: [...rollbackTriggers],
        }),
      },
      stuckAfter: { about: 'time in which a step has to become ready; 15m by default', shape: text('duration') },
      git: {
        about:
          'how the revert reaches Git: commit pushes it, pull-request opens one, auto (default) opens one only where the branch refuses the push',
        shape: { is: 'word', words: revertWays },
      },
      merge: {
        about: "whether stepgate merges the revert's pull request itself, where the branch lets it; false by default",
        shape: { is: 'boolean' },
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
  about: 'the workload to release',
  shape: keys({
    kind: {
      about: 'kind of the workload',
      shape: {
        is: 'word',
        words: workloadKinds,
        later: laterWorkloadKinds,
      },
      required: true,
    },
    name: { about: 'name of the workload', shape: text('subdomain'), required: true },
  }),
};
const target: Key = {
  about: `what the release is written as: ${targets.all.map(({ name, about }) => `${name} is ${about}`).join('; ')}; ${targets.usual.name} by default`,
  shape: { is: 'word', words: targets.all.map(({ name }) => name) },
};
const source: Key = {
  about: "where the manifests are, relative to the repository's root; {env} and {name} are replaced",
  shape: keys(
    {
      files: {
        about: 'files or patterns with *, ** and ?, such as deploy/*.yaml',
        shape: list(text('pathPattern'), { min: 1, max: 1000 }),
      },
      kustomize: { about: 'a folder with a kustomization', shape: text('path') },
      helm: {
        about: 'a Helm chart of the repository, as helm template renders it',
        shape: keys({
          chart: { about: 'the folder of the chart', shape: text('path'), required: true },
          values: {
            about: 'files of values; a later one wins',
            shape: list(text('path'), { max: 100 }),
          },
          release: {
            about: 'the name of the release, which templates see; the name of the delivery by default',
            shape: text('releaseName'),
          },
          kubeVersion: {
            about: `the version of Kubernetes that templates see; ${KUBE_VERSION} by default, whatever that of the cluster is`,
            shape: text('kubeVersion'),
          },
          apiVersions: {
            about: 'API versions that templates see beside those of Kubernetes, such as gateway.networking.k8s.io/v1',
            shape: list(text('apiVersion'), { max: 100 }),
          },
        }),
      },
    },
    { exactlyOne: ['files', 'kustomize', 'helm'] },
  ),
};
const ungated: Key = {
  about:
    'further workloads of the source that go out with it at once, to every pod, such as Deployment/worker; {env} and {name} are replaced',
  shape: list(text('objectTitle'), { max: 50 }),
};
const delivery: Key = { about: 'the name of the delivery', shape: text('label'), required: true };

/** A delivery in the one-block form, with everything in one place. */
const block = keys({
  delivery,
  namespace: { ...namespace, required: true },
  cluster,
  target,
  workload: { ...workload, required: true },
  source: { ...source, required: true },
  ungated,
  traffic,
  plan: { about: 'the name of an entry of plans; keys given here replace the keys of that plan', shape: text('word') },
  ...planKeys,
});

const refPatterns = list(text('refPattern'), { min: 1, max: 50 });
const commits: Key = {
  about: 'further commits that may be released, beside those on the policy branch; none by default',
  shape: {
    is: 'either',
    text: { is: 'word', words: ['any'], or: ", or {branches: [release/*], tags: ['v*']}" },
    other: keys(
      {
        branches: { about: 'commits on these branches, such as release/*', shape: refPatterns },
        tags: { about: 'commits with these tags, such as v*', shape: refPatterns },
      },
      { atLeastOne: ['branches', 'tags'] },
    ),
  },
};
const people: Key = {
  about: 'cluster: persons are cluster users; or a map from cluster users to accounts',
  shape: {
    is: 'either',
    text: { is: 'word', words: ['cluster'], or: ', or a map from users of the cluster to accounts' },
    other: { is: 'names', names: 'clusterUser', of: text('login'), insteadOfNone: 'people: cluster' },
  },
};

const fetch: Key = {
  about:
    'servers from which kustomize may load bases and files over https, such as raw.githubusercontent.com; none by default',
  shape: list(text('host'), { min: 1, max: 50 }),
};

/** stepgate.yaml at the root. */
export const rootShape: Keys = keys({
  version: { about: 'the version of this format', shape: { is: 'one', value: 1 }, required: true },
  deliveries: { about: 'deliveries in one block each', shape: list(block, { min: 1 }) },
  include: {
    about: 'files with one service each, which is released to environments',
    shape: list(text('include'), { min: 1, max: 1000 }),
  },
  environments: {
    about: 'the environments of included deliveries, by name',
    shape: {
      is: 'names',
      names: 'label',
      of: keys({
        cluster,
        namespace: { ...namespace, about: 'the namespace of deliveries without one' },
        plan: { about: 'the plan for releases to this environment', shape: text('word'), required: true },
        ungated: { ...ungated, about: `${ungated.about}; those that a service does not render do not count` },
        after: afterKey,
        promotion: promotionKey,
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
  diff: {
    about:
      'which values published diffs show: listed (default) are those at the listed paths, full is all but Secrets and credentials',
    shape: { is: 'word', words: ['listed', 'full'] },
  },
  fetch,
  freezes: {
    about: `issues: open issues with the label ${freezeLabel} are freezes too`,
    shape: { is: 'word', words: ['issues'] },
  },
  ...entryKeys,
});

const overrides = { namespace, workload, source, traffic };

/** Keys that decide who may release what. An included file must not have them: a team could loosen its own gates. */
const granting = {
  keys: [
    'cluster',
    'plan',
    'strategy',
    'steps',
    'startWhen',
    'doneWhen',
    'rollback',
    'ungated',
    ...Object.keys(settingsInConfig.keys),
    'environments',
    'plans',
    'include',
    'deliveries',
    'after',
    'leaveWhen',
    'gates',
    'commits',
    'people',
    'diff',
    'fetch',
    ...Object.keys(entryKeys),
  ],
  why: 'only the root stepgate.yaml may have it, so that a service can not loosen its own gates',
};

/** A file of `include`: one service and its environments. */
export const includedShape: Keys = keys(
  {
    delivery: { ...delivery, about: 'the name of the service; its deliveries are named name@environment' },
    target,
    workload: { ...workload, required: true },
    source: { ...source, required: true },
    traffic,
    namespace,
    in: {
      about: 'the environments of the service, each with the keys that differ there (whole keys are replaced)',
      shape: { is: 'names', names: 'label', of: keys(overrides, { refused: granting, mayBeEmpty: true }) },
      required: true,
    },
  },
  { refused: granting },
);
