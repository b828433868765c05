import path from 'node:path';

/** `github.*` as a workflow sees it; `GITHUB_*` for the action. */
export type GithubContext = Readonly<Record<string, string>>;

const COMMIT = '0123456789012345678901234567890123456789';

/** What the contexts say when a test does not care: a push to the default branch of acme/shop. Nothing of it is reachable. */
export function githubContext(workspace: string, temp: string, more: GithubContext): GithubContext {
  return {
    actor: 'octocat',
    actor_id: '583231',
    api_url: 'https://api.github.invalid',
    base_ref: '',
    event_name: 'push',
    event_path: path.join(temp, '_github_workflow', 'event.json'),
    graphql_url: 'https://api.github.invalid/graphql',
    head_ref: '',
    job: 'job',
    ref: 'refs/heads/main',
    ref_name: 'main',
    ref_protected: 'false',
    ref_type: 'branch',
    repository: 'acme/shop',
    repository_id: '1',
    repository_owner: 'acme',
    repository_owner_id: '2',
    retention_days: '90',
    run_attempt: '1',
    run_id: '1',
    run_number: '1',
    server_url: 'https://github.invalid',
    sha: COMMIT,
    // In the context, and for `${{ github.token }}`: an action's environment does not have it.
    token: 'ghs_tokenOfTheWorkflow00000000000000000000',
    triggering_actor: more['actor'] ?? 'octocat',
    workflow: 'deploy',
    workflow_ref: 'acme/shop/.github/workflows/deploy.yml@refs/heads/main',
    workflow_sha: COMMIT,
    workspace,
    ...more,
  };
}

/** `runner.*`; `RUNNER_*` for the action. `debug` is there only where debugging is on. */
export function runnerContext(temp: string, workspace: string, debugging: boolean): Readonly<Record<string, string>> {
  return {
    os: process.platform === 'darwin' ? 'macOS' : 'Linux',
    arch: process.arch.toUpperCase(),
    name: 'stand-in',
    environment: 'self-hosted',
    tool_cache: path.join(temp, 'tools'),
    temp,
    workspace: path.dirname(workspace),
    ...(debugging ? { debug: '1' } : {}),
  };
}

/**
 * The environment of a step's process, later ones over earlier: the machine's, the workflow's, the action's state, its
 * inputs, PATH, the contexts, the run's tokens (Runner.Worker/Handlers/NodeScriptActionHandler; github.md 1.1).
 */
export function environment(of: {
  readonly machine: Readonly<Record<string, string>>;
  readonly workflow: Readonly<Record<string, string>>;
  readonly state: ReadonlyMap<string, string>;
  readonly inputs: Readonly<Record<string, string>>;
  readonly path: readonly string[];
  readonly github: GithubContext;
  readonly files: Readonly<Record<string, string>>;
  readonly runner: Readonly<Record<string, string>>;
  readonly runtimeToken: string;
  readonly trackingId: string;
}): Record<string, string> {
  const { token: _, ...github } = of.github;
  const given: Record<string, string> = {
    CI: 'true',
    RUNNER_TRACKING_ID: of.trackingId,
    ...of.machine,
    ...of.workflow,
    ...prefixed('STATE_', Object.fromEntries(of.state), (name) => name),
    ...of.inputs,
  };
  const searched = [...of.path.toReversed(), given['PATH'] ?? ''].filter((entry) => entry !== '');
  const all: Record<string, string> = {
    ...given,
    PATH: searched.join(path.delimiter),
    ...prefixed('GITHUB_', { ...github, ...of.files }),
    ...prefixed('RUNNER_', of.runner),
    ACTIONS_RUNTIME_URL: 'https://pipelines.github.invalid/',
    ACTIONS_RUNTIME_TOKEN: of.runtimeToken,
    GITHUB_ACTIONS: 'true',
  };
  delete all['NODE_ICU_DATA'];
  return all;
}

function prefixed(
  prefix: string,
  values: Readonly<Record<string, string>>,
  name = (key: string) => key.toUpperCase(),
): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [prefix + name(key), value]));
}
