import { randomBytes } from 'node:crypto';
import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { inject } from 'vitest';
import {
  ask,
  createNamespace,
  isPlain,
  type KubectlOptions,
  kubectl as kubectlOf,
  pathOf,
  type Resource,
} from './connection.ts';

/** The suite's shared cluster. A test that stops the engine or the API server boots its own with `bootCluster`. */
export const cluster = inject('cluster');

/** Whether it is the embedded cluster, which knows no users' rights and comes without kubectl and kustomize. */
export const embedded = isPlain(cluster.server);

/** kubectl on the shared cluster: answers stdout, throws with stderr. */
export function kubectl(args: readonly string[], options?: KubectlOptions): Promise<string> {
  return kubectlOf(cluster, args, options);
}

/** Creates a namespace nobody else uses and answers its name; it goes with the cluster. */
export async function namespace(prefix = 'test'): Promise<string> {
  const name = `${prefix}-${randomBytes(4).toString('hex')}`;
  await createNamespace(cluster, name);
  return name;
}

/**
 * A folder with the kubeconfig of somebody who may do everything in this namespace and nothing else. The policy rolls back three
 * releases of a cluster within a quarter of an hour; of the suite's cluster such a person sees those of the namespace alone.
 */
export async function confined(inNamespace: string): Promise<{ readonly folder: string; readonly kubeconfig: string }> {
  const { kubeconfig: users } = cluster.users.deployer;
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' };
  const subjects = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'deployer' }];
  const metadata = { name: 'confined' };
  const api = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' };
  await apply(inNamespace, { ...api, metadata, roleRef, subjects });
  const lists = ['get', 'rollouts.rollouts.kruise.io', '-n', inNamespace];
  const isThere = () =>
    kubectl(lists, { kubeconfig: users }).then(
      () => true,
      () => false,
    );
  await waitFor(isThere, { what: `the rights in ${inNamespace}` });
  const folder = path.join(cluster.dir, `confined-${inNamespace}`);
  const kubeconfig = path.join(folder, 'kubeconfig');
  await mkdir(folder);
  await copyFile(users, kubeconfig);
  return { folder, kubeconfig };
}

/** Writes objects the way `kubectl apply` does. */
export async function apply(inNamespace: string, ...objects: readonly object[]): Promise<void> {
  const input = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  await kubectl(['apply', '-n', inNamespace, '-f', '-'], { input });
}

/**
 * One object, or without a name the list (`?labelSelector=...` as the name narrows it), as the server has it now. Made to
 * be asked often: it goes over a kept-alive connection, a tenth of what a kubectl costs.
 */
export function read<T>(inNamespace: string, resource: Resource, name = ''): Promise<T> {
  const narrowed = name.startsWith('?');
  const path = pathOf(inNamespace, resource, narrowed ? '' : name);
  return ask<T>(cluster, narrowed ? `${path}${name}` : path);
}

/** Changes one object as a person with kubectl would, by a JSON patch (a list) or a merge patch (an object). */
export async function patch(inNamespace: string, resource: Resource, name: string, body: object): Promise<void> {
  const contentType = `application/${Array.isArray(body) ? 'json-patch' : 'merge-patch'}+json`;
  const path = `${pathOf(inNamespace, resource, name)}?fieldManager=kubectl-patch`;
  await ask(cluster, path, { method: 'PATCH', contentType, body });
}

export type Wait = {
  /** What is waited for, as in "timed out waiting for ...". */
  readonly what: string;
  /** In milliseconds; a minute if left out. */
  readonly timeout?: number;
  readonly every?: number;
  /** What to put into the timeout's message, such as the object that didn't get there. */
  readonly show?: () => Promise<unknown>;
};

/**
 * Asks until the answer is neither undefined nor false and hands it back. What `ask` throws counts as "not yet"; the
 * last of it is the cause of the timeout's error.
 */
export async function waitFor<T>(
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  { what, timeout = 180_000, every = 100, show }: Wait,
): Promise<T> {
  const deadline = Date.now() + timeout;
  for (;;) {
    let cause: unknown;
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      cause = error;
    }
    if (Date.now() > deadline) {
      const last = show === undefined ? '' : `; last seen: ${JSON.stringify(await show(), null, 2)}`;
      throw new Error(`timed out after ${timeout} ms waiting for ${what}${last}`, { cause });
    }
    await sleep(every);
  }
}

export type List<T> = { readonly items: readonly T[] };
export type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
};

/** The fields of a v1beta1 Rollout that tests look at. */
export type Rollout = {
  readonly metadata: { readonly name: string; readonly resourceVersion: string; readonly generation: number };
  readonly status?: {
    readonly phase?: string;
    readonly message?: string;
    readonly conditions?: readonly Condition[];
    readonly canaryStatus?: StepStatus;
    readonly blueGreenStatus?: StepStatus;
  };
};
export type StepStatus = {
  readonly observedRolloutID?: string;
  readonly currentStepIndex?: number;
  readonly nextStepIndex?: number;
  readonly currentStepState?: string;
  readonly canaryRevision?: string;
  readonly podTemplateHash?: string;
};
export type Pod = {
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly spec: { readonly containers: readonly { readonly name: string; readonly image: string }[] };
  readonly status: {
    readonly phase: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly {
      readonly ready: boolean;
      readonly state: { readonly waiting?: { readonly reason: string; readonly message?: string } };
    }[];
  };
};

export function conditionOf(
  { status }: { readonly status?: { readonly conditions?: readonly Condition[] } },
  type: string,
): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** The namespace's pods that are not on their way out; a selector such as `app=shop` narrows them. */
export async function pods(inNamespace: string, selector = ''): Promise<readonly Pod[]> {
  const { items } = await read<List<Pod>>(inNamespace, 'pods', `?labelSelector=${encodeURIComponent(selector)}`);
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** How many of the pods run the image, and how many of those are ready. */
export function tally(of: readonly Pod[], image: string): { readonly all: number; readonly ready: number } {
  const running = of.filter(({ spec }) => spec.containers.some((container) => container.image === image));
  return { all: running.length, ready: running.filter((pod) => conditionOf(pod, 'Ready')?.status === 'True').length };
}
