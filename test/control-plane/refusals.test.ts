import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { ask as askBare } from '../simulator/fixture.ts';
import { refusals } from '../simulator/refusals.ts';
import { ask, createNamespace } from './connection.ts';
import { cluster } from './fixture.ts';

/** What the embedded API server refuses, asked of the real one: the same answers, word for word. */
test('the real API server refuses the same in the same words', async () => {
  await createNamespace(cluster, 'shop');
  const metadata = { name: 'one', namespace: 'shop' };
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '1' } };
  await ask(cluster, '/api/v1/namespaces/shop/configmaps', { method: 'POST', body: map });
  const bare = { url: cluster.server, token: cluster.token, ca: await readFile(cluster.caFile, 'utf8') };
  const asked = refusals.filter(({ hereOnly }) => hereOnly !== true);
  const said: object[] = [];
  for (const { what, says: _says, ...request } of asked) {
    const { status, text } = await askBare(bare, request);
    const { reason = '', message } = JSON.parse(text) as { readonly reason?: string; readonly message?: string };
    said.push({ what, says: { code: status, reason, message } });
  }
  expect(said).toEqual(asked.map(({ what, says }) => ({ what, says })));
});
