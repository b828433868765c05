import { releaseId } from '../../src/release/identity.ts';
import { wholeOf } from '../../src/release/whole.ts';
import { targets } from '../../src/targets/index.ts';
import type { Meddling } from './case.ts';
import type { Remote } from './repo.ts';
import { parseManifests, policyIn, workloadIn } from './source.ts';

export const recordKey = 'stepgate.dev/record';

/** The record as somebody's hand leaves it; null where there is nothing to edit. */
export function editedRecord(
  { remote }: { readonly remote: Remote },
  what: Extract<Meddling, 'record' | 'newer record' | 'many holds'>,
  text: string,
): string | null {
  if (text === '') return null;
  const record: Editable = JSON.parse(text);
  const { release } = record;
  switch (what) {
    case 'record': {
      const { aside } = remote;
      if (aside === null || release === null) return null;
      const { files } = remote.at(aside);
      const policy = policyIn(files);
      const manifests = parseManifests([{ text: workloadIn(files) }]);
      const target = targets.of(policy);
      const rendered = target.render(policy, aside, manifests, 1);
      const { digest } = rendered.release;
      const whole = wholeOf(target, policy, rendered);
      const other = { ...release, id: releaseId(aside, digest, 1), commit: aside, digest, whole };
      return JSON.stringify({ ...record, release: other });
    }
    case 'newer record': {
      const later = { since: 'a newer version' };
      const holds = record.holds.map((hold) => ({ ...hold, later }));
      return JSON.stringify({ ...record, later, holds, release: release === null ? null : { ...release, later } });
    }
    case 'many holds': {
      const at = new Date(0).toISOString();
      const many = Array.from({ length: 30 }, (_, index) => ({
        digest: index.toString(16).padStart(64, 'e'),
        release: null,
        by: 'ada',
        at,
        run: null,
        reason: '\u2620'.repeat(1_000),
      }));
      return JSON.stringify({ ...record, holds: [...record.holds, ...many] });
    }
  }
}

interface Editable {
  readonly release: object | null;
  readonly holds: readonly object[];
}
