import { describe, expect, test } from 'vitest';
import { parseManifests } from '../../src/config/manifest.ts';
import { isObject, objectAt, stringAt } from '../../src/release/json.ts';
import slice from '../../src/schema/kubernetes.json' with { type: 'json' };
import { rows } from '../schema/rows.ts';
import { ask } from './connection.ts';
import { cluster, namespace } from './fixture.ts';

const groups = [
  'api/v1',
  'apis/apps/v1',
  'apis/autoscaling/v2',
  'apis/batch/v1',
  'apis/networking.k8s.io/v1',
  'apis/policy/v1',
  'apis/rbac.authorization.k8s.io/v1',
];
const plurals: Readonly<Record<string, string>> = { Ingress: 'ingresses', NetworkPolicy: 'networkpolicies' };

/** The refusal of a server-side apply, as stepgate sends it; null when the server takes the object. */
async function refusal(text: string, inNamespace: string): Promise<string | null> {
  const [manifest] = parseManifests([{ file: 'shop.yaml', text }]);
  const { object } = manifest ?? { object: {} };
  const [apiVersion, kind, name] = [
    stringAt(object, 'apiVersion') ?? '',
    stringAt(object, 'kind') ?? '',
    stringAt(object, 'metadata', 'name') ?? '',
  ];
  const root = apiVersion.includes('/') ? 'apis' : 'api';
  const query = new URLSearchParams({
    fieldManager: 'stepgate',
    force: 'true',
    fieldValidation: 'Strict',
    dryRun: 'All',
  });
  const plural = plurals[kind] ?? `${kind.toLowerCase()}s`;
  const path = `/${root}/${apiVersion}/namespaces/${inNamespace}/${plural}/${name}?${query}`;
  const body = { ...object, metadata: { ...objectAt(object, 'metadata'), namespace: inNamespace } };
  try {
    await ask(cluster, path, { method: 'PATCH', contentType: 'application/apply-patch+yaml', body });
    return null;
  } catch (error) {
    return String(error);
  }
}

describe('the API server and the check without one', () => {
  test('refuse the same manifests', async () => {
    const ns = await namespace('manifests');
    const told: string[] = [];
    for (const { name, text, says } of rows) {
      const refused = await refusal(text, ns);
      if ((refused === null) !== (says === null)) told.push(`${name}: ${refused ?? 'taken'}`);
    }
    expect(told).toEqual([]);
  });

  test('know the same fields of the same kinds', async () => {
    const unknown = new Set<string>();
    const types: Readonly<Record<string, { readonly fields: Readonly<Record<string, string>> }>> = slice.types;
    for (const group of groups) {
      const described: unknown = await ask(cluster, `/openapi/v3/${group}`);
      for (const [name, schema] of Object.entries(objectAt(described, 'components', 'schemas'))) {
        const parts = name.split('.');
        const type = types[parts.slice(-3).join('.')] ?? types[parts.at(-1) ?? ''];
        if (type === undefined || !isObject(schema)) continue;
        for (const field of Object.keys(objectAt(schema, 'properties'))) {
          if (!Object.hasOwn(type.fields, field)) unknown.add(`${name}.${field}`);
        }
      }
    }
    expect([...unknown]).toEqual([]);
  });
});
