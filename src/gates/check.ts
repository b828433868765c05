import { complain } from '../config/check.ts';
import { text } from '../config/shapes.ts';
import { factOf } from '../release/fact.ts';
import { type Row, withoutEntry } from './row.ts';

declare module '../release/delivery.ts' {
  interface Conditions {
    check: { readonly check: string };
  }
}

/** The beginning of the names of our own checks. */
const OURS = 'stepgate / ';

/** Open while a status or a check of this name on the release's commit has passed. One that was skipped has not. */
export const check: Row<'check'> = {
  ...withoutEntry,
  inConfig: {
    key: {
      about: "a status or a check of this name on the release's commit has passed, such as ci/build",
      shape: text('text'),
    },
    example: 'check: NAME',
    alone: null,
    read(name, { reader, path }) {
      if (!name.startsWith(OURS)) return { kind: 'check', name, check: name };
      const hint = 'name a check of another program, such as that of a build';
      complain(reader, { path: [...path, 'check'], says: "is a check of stepgate's own", hint });
      return null;
    },
  },
  judge({ name }, { evidence: { now, asked } }) {
    const fact = factOf(asked, 'state', name);
    const source = "the checks of the release's commit";
    const base = { source, observedAt: fact?.observedAt ?? now };
    const shut = { ...base, is: 'shut', until: null, missing: [`${name} passed`], opener: { by: 'answer' } } as const;
    if (fact === undefined) return { ...shut, why: 'it was not asked for' };
    if (fact.found.is === 'unknown') return { ...shut, why: fact.found.why };
    const state = fact.found.value;
    if (state === null) return { ...shut, why: 'the commit has no status and no check of this name' };
    switch (state.is) {
      case 'passed':
        return { ...base, is: 'open', why: `it has passed (${state.url})` };
      case 'running':
        return { ...shut, why: `it has no result yet: ${state.words} (${state.url})` };
      case 'failed':
        return { ...shut, is: 'failed', why: `it has not passed: ${state.words} (${state.url})` };
    }
  },
  words: ({ name }) => `check ${name}`,
  isForceable: false,
  needs: ({ name }) => [{ is: 'state', name }],
  print: ({ name }) => ({ check: name }),
  inDigest: () => ({}),
};
