import { expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { yamlWithoutSecrets } from '../../src/views/yaml-without-secrets.ts';

const values = (text: string): unknown[] => parseAllDocuments(text).map((document) => document.toJS() as unknown);

test('hides each value of a Secret, and nothing else', () => {
  const text = `# proposed rollout-id: a
apiVersion: v1
kind: Secret
metadata: { name: keys }
data: { pin: NDkzODE3 }
stringData:
  key: |
    first sesame
    second sesame
  number: 493817
  nested: { a: sesame }
---
# more
kind: ConfigMap
data: { kind: Secret, mode: "0644" }
---
kind: Application
spec: { components: [{ properties: { objects: [{ kind: Secret, stringData: { a: sesame } }] } }] }
`;
  const shown = yamlWithoutSecrets(text);
  expect(shown).not.toMatch(/sesame|493817|NDkzODE3/);
  const hidden = '<hidden>';
  expect(values(shown)).toEqual([
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'keys' },
      data: { pin: hidden },
      stringData: { key: hidden, number: hidden, nested: hidden },
    },
    { kind: 'ConfigMap', data: { kind: 'Secret', mode: '0644' } },
    {
      kind: 'Application',
      spec: { components: [{ properties: { objects: [{ kind: 'Secret', stringData: { a: hidden } }] } }] },
    },
  ]);
  expect(shown).toContain('# proposed rollout-id: a\n');
  expect(shown).toContain('# more\n');
});

test('hides data that is no map', () => {
  expect(values(yamlWithoutSecrets('kind: Secret\ndata: sesame\n'))).toEqual([{ kind: 'Secret', data: '<hidden>' }]);
});

test.each(['kind: ConfigMap\ndata:   { a:  Secret }\n', '', 'a: 1\n'])('leaves %j as it is', (text) => {
  expect(yamlWithoutSecrets(text)).toBe(text);
});
