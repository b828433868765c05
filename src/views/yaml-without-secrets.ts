import { isMap, parseAllDocuments, Scalar, visit, type YAMLMap } from 'yaml';
import { printOptions, withEscapes } from '../config/quoting.ts';

/** The YAML of manifests for a log that others read: each value of a Secret, wherever the Secret stands, is hidden. */
export function yamlWithoutSecrets(text: string): string {
  if (!text.includes('Secret')) return text;
  const documents = parseAllDocuments(text);
  let hasSecret = false;
  for (const document of documents) {
    visit(document, {
      Map(_, map) {
        if (map.get('kind') !== 'Secret') return undefined;
        for (const key of ['data', 'stringData']) {
          if (!map.has(key)) continue;
          hasSecret = true;
          hideValues(map, key);
        }
        return undefined;
      },
    });
  }
  // Without one, not a byte is changed.
  if (!hasSecret) return text;
  const printed = documents.map((document) => document.toString({ ...printOptions, directives: false }));
  return withEscapes(printed.join('---\n'));
}

function hideValues(secret: YAMLMap, key: string): void {
  const values = secret.get(key);
  if (!isMap(values)) secret.set(key, '<hidden>');
  else for (const pair of values.items) pair.value = new Scalar('<hidden>');
}
