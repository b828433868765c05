import { parse } from 'yaml';

/** What the runner takes from an action.yml (Runner.Worker/ActionManifestManager). */
export interface Metadata {
  readonly inputs: Readonly<Record<string, { readonly standard: string; readonly deprecated: string | null }>>;
  /** Scripts relative to the action's folder; conditions as `conditions.ts` reads them. */
  readonly runs: {
    readonly main: string;
    readonly pre: string | null;
    readonly preIf: string;
    readonly post: string | null;
    readonly postIf: string;
  };
}

/** `required` is not read: the runner does not enforce it. Throws where the runner refuses the file, or runs no Node. */
export function parseMetadata(text: string): Metadata {
  const { inputs, runs } = record(parse(text), 'action.yml');
  const { using, main, pre, post, 'pre-if': preIf, 'post-if': postIf } = record(runs, 'runs');
  if (!/^node(?:12|16|20|24)$/i.test(scalar(using))) throw new Error(`'using: ${scalar(using)}' is not supported`);
  if (scalar(main) === '') throw new Error('a JavaScript action needs `main`');
  return {
    inputs: Object.fromEntries(
      Object.entries(record(inputs ?? {}, 'inputs')).map(([name, about]) => {
        const { default: standard, deprecationMessage } = record(about ?? {}, name);
        return [
          name,
          {
            standard: scalar(standard),
            deprecated: deprecationMessage === undefined ? null : scalar(deprecationMessage),
          },
        ];
      }),
    ),
    runs: {
      main: scalar(main),
      pre: scalar(pre) || null,
      preIf: scalar(preIf ?? 'always()'),
      post: scalar(post) || null,
      postIf: scalar(postIf ?? 'always()'),
    },
  };
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} is no mapping`);
  return { ...value };
}

/** Numbers and booleans are what was written of them: everything an action is given is a string. */
function scalar(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'object') throw new Error(`${JSON.stringify(value)} is no scalar`);
  return String(value);
}
