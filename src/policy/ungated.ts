import { complain, type Reader } from '../config/check.ts';
import { fillPath } from '../config/formats.ts';
import { quoted } from '../config/found.ts';
import type { Path } from '../config/yaml.ts';
import type { Delivery } from '../release/delivery.ts';
import { listAt } from '../release/json.ts';

/** Whose list of `ungated` is read: that of a delivery, or of an environment, whose list counts for every delivery there. */
interface Whose extends Pick<Delivery, 'workload'> {
  readonly of: 'delivery' | 'environment';
  readonly env: string | null;
  readonly name: string;
}

/**
 * Reads the workloads that go out beside a delivery, without its steps. Complains about entries that are there twice, and in the
 * list of a delivery about its own workload. Nothing where none is named.
 */
export function readUngated(reader: Reader, path: Path, { of, env, name, workload }: Whose): Pick<Delivery, 'ungated'> {
  const own = titleOf(workload);
  const found: string[] = [];
  for (const [index, entry] of listAt(reader.document.value, ...path).entries()) {
    if (typeof entry !== 'string') continue;
    const here = [...path, index];
    const filled = fillPath(entry, { env, name });
    if ('wrong' in filled) {
      complain(reader, { path: here, says: filled.wrong, hint: filled.hint });
      continue;
    }
    if (found.includes(filled.value)) {
      complain(reader, { path: here, says: `names ${quoted(filled.value)} a second time`, hint: 'remove one of them' });
    } else if (filled.value === own && of === 'delivery') {
      const hint = 'remove it: ungated names further workloads of the source, which have no steps';
      complain(reader, { path: here, says: `is ${quoted(entry)}, which is the workload of ${name} itself`, hint });
    } else if (filled.value !== own) {
      found.push(filled.value);
    }
  }
  return found.length === 0 ? {} : { ungated: found };
}

/** A workload as `ungated` names it. */
export function titleOf({ kind, name }: Delivery['workload']): string {
  return `${kind}/${name}`;
}
