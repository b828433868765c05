import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Asked } from '../support/roles.ts';
import { ask } from './connection.ts';
import { apply, cluster, kubectl } from './fixture.ts';
import { type Shop, shop } from './shop.ts';

/** A service account with a kubeconfig. */
export interface Account {
  readonly name: string;
  /** As `--identity` takes it. */
  readonly identity: string;
  readonly token: string;
  readonly kubeconfig: string;
}

/** Makes service accounts in the namespace. */
export async function accounts(namespace: string, names: readonly string[]): Promise<readonly Account[]> {
  await apply(namespace, ...names.map((name) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } })));
  return Promise.all(
    names.map(async (name) => {
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
      const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3600 } };
      const { status } = await ask<{ status: { token: string } }>(cluster, path, { method: 'POST', body });
      const kubeconfig = join(cluster.dir, `kubeconfig-${namespace}-${name}`);
      const user = { name: 'test', user: { token: status.token } };
      const admin = JSON.parse(await kubectl(['config', 'view', '--raw', '-o', 'json'])) as object;
      await writeFile(kubeconfig, JSON.stringify({ ...admin, users: [user] }), { mode: 0o600 });
      return { name, identity: `system:serviceaccount:${namespace}:${name}`, token: status.token, kubeconfig };
    }),
  );
}

/** What `stepgate permissions` prints. */
export async function permissions(it: Shop, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await it.as({ text: true }).stepgate('permissions', ...args);
  expect(code, stderr).toBe(0);
  return stdout;
}

const roles = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role' };

/** Binds a role with these grants to a service account. */
export async function grant(
  namespace: string,
  { name }: Pick<Account, 'name'>,
  grants: readonly Asked[],
): Promise<void> {
  const rules = grants.map(({ group, resource, verb, name: object }) => ({
    apiGroups: [group],
    resources: [resource],
    verbs: [verb],
    ...(object === null ? {} : { resourceNames: [object] }),
  }));
  const api = { apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name: `only-${name}` } };
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const roleRef = { ...roles, name: `only-${name}` };
  await apply(namespace, { ...api, kind: 'Role', rules }, { ...api, kind: 'RoleBinding', roleRef, subjects });
}

const numbers = ['two', 'three', 'four', 'five', 'six', 'seven', 'eight'];
const steps = [
  '{ name: one, replicas: 1, leaveWhen: [] }',
  ...numbers.map((name, index) => `{ name: ${name}, replicas: ${index + 2} }`),
  '{ name: all, replicas: 100% }',
];
/** The ConfigMap of the source with this content. */
export const settings = (value: string) => ({
  'deploy/settings.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shop }\ndata: { a: ${value} }\n`,
});

/** A shop with a ConfigMap, and nothing deployed. */
export const opened = () => shop({ steps, replicas: 9, files: settings('b') });
