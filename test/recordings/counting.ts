import type { Cluster } from '../../src/release/ports.ts';
import { textAt } from '../../src/simulator/api/json.ts';

/** The cluster, with a note of the kind of each object that is written. */
export function counting(inner: Cluster, writes: string[]): Cluster {
  return {
    ...inner,
    now: () => inner.now(),
    apply: (object, options) => {
      if (!options.dryRun) writes.push(textAt(object, 'kind'));
      return inner.apply(object, options);
    },
    patch: (ref, body, options) => {
      if (!options.dryRun) writes.push(ref.kind.kind);
      return inner.patch(ref, body, options);
    },
    remove: (ref, uid, signal) => {
      writes.push(ref.kind.kind);
      return inner.remove(ref, uid, signal);
    },
  };
}
