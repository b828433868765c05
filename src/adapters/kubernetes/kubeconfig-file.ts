import { readYaml } from '../../config/yaml.ts';
import { isObject, type JsonObject, stringAt } from '../../release/json.ts';
import { has, invalid, type Source } from './login.ts';

/** The mapping in a kubeconfig file, whose lists are lists. Throws KUBECONFIG_INVALID; no message quotes its text. */
export function readKubeconfig({ file, text }: Source): JsonObject {
  const { documents, problems } = readYaml({ file, text });
  const [problem] = problems;
  if (problem !== undefined) {
    const { line = null, column = null } = problem.at ?? {};
    const where = [file, line, column].filter((part) => part !== null).join(':');
    const why = withoutText(problem.message);
    if (why !== null) throw invalid(`${where} is not readable as YAML: ${why}`, problem.hint ?? undefined);
    throw invalid(`${where} is not readable as YAML`, 'what stands there is not shown, because it may be a credential');
  }
  if (text.trim() === '')
    throw invalid(`${file} is empty`, 'sign in to a cluster first, or give another file with --kubeconfig');
  const value = documents[0]?.value;
  if (isObject(value) && documents.length === 1) {
    for (const key of ['clusters', 'users', 'contexts']) {
      const list = Object.hasOwn(value, key) ? (value[key] ?? []) : [];
      if (!Array.isArray(list))
        throw invalid(`${file}: ${key} is no list`, 'write a list of entries, each with a name');
    }
    if (has(value, 'current-context') && stringAt(value, 'current-context') === null)
      throw invalid(`${file}: current-context is not a string`, 'quote it');
    return value;
  }
  const isEncoded = typeof value === 'string' && /^[A-Za-z0-9+/]{40,}={0,2}$/.test(value.replaceAll(/\s/g, ''));
  throw invalid(
    `${file} is not a kubeconfig, which is one YAML mapping`,
    isEncoded ? 'its content looks like base64: decode it first, such as with base64 -d' : undefined,
  );
}

/**
 * The message of a problem of YAML, when it has nothing of the text; else null: where a kubeconfig is broken, anything may be a
 * credential.
 */
function withoutText(message: string): string | null {
  if (/^this map has the key .* twice$/s.test(message)) return 'a key is there twice';
  return fixed.test(message) ? message : null;
}

const fixed =
  /^(Tabs are not allowed as indentation|the byte 0x[0-9A-F]{2} is not UTF-8|the character U\+[0-9A-F]{4,6} is not allowed in YAML|a conflict of a merge is not resolved here|Nested mappings are not allowed in compact mappings|Implicit (map )?keys need to be [a-z ]+|All (mapping|sequence) items must start at the same column|maps and lists are nested more than \d+ deep|the aliases expand to too many nodes|the file is larger than \d+ bytes)$/;
