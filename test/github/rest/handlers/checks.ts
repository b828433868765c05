import type { CheckRun, CheckStatus } from '../../state/checks.ts';
import { GitHubError, invalid, notAccessible, notFound } from '../../state/github-error.ts';
import { advanceQueues } from '../../state/queue.ts';
import { type Call, created, type Handler, ok, page } from '../call.ts';
import type { Fields } from '../fields.ts';
import type { OperationId } from '../permissions.ts';
import { checkShape, combinedShape, statusShape } from '../shapes/check.ts';
import { commitAt } from './commits.ts';

const statuses = ['queued', 'in_progress', 'completed'] as const satisfies readonly CheckStatus[];
/** The longest summary or text, in characters. */
const LONGEST = 65_535;

export const checks = {
  'checks/create': (call) => {
    const { world, repository, by, body } = call;
    if (by.app === null) throw new GitHubError(403, 'You must authenticate via a GitHub App.');
    const sha = body.text('head_sha') ?? '';
    if (repository.bare.resolve(sha) === null) throw invalid([], `No commit found for SHA: ${sha}`);
    const id = world.nextId();
    // GitHub puts the check into any suite of the App on this commit.
    const { app } = by;
    const suite = repository.checks.find((one) => one.app === app && one.headSha === sha)?.suite ?? world.nextId();
    const check: CheckRun = {
      id,
      nodeId: `CR_${id}`,
      suite,
      app,
      headSha: sha,
      name: body.text('name') ?? '',
      externalId: '',
      detailsUrl: null,
      status: 'queued',
      conclusion: null,
      startedAt: world.now(),
      completedAt: null,
      output: { title: null, summary: null, text: null, annotations: 0 },
    };
    fill(call, check);
    repository.checks.push(check);
    advanceQueues(world, repository, sha);
    return created(checkShape(world, repository, check));
  },

  'checks/update': (call) => {
    const { world, repository, by } = call;
    const check = checkIn(call);
    if (check.app !== by.app) throw new GitHubError(403, notAccessible);
    fill(call, check);
    advanceQueues(world, repository, check.headSha);
    return ok(checkShape(world, repository, check));
  },

  'checks/get': (call) => ok(checkShape(call.world, call.repository, checkIn(call))),

  'checks/list-for-ref': (call) => {
    const { world, repository, query } = call;
    const sha = commitAt(call, 'ref').id;
    const [name, status, app, filter] = ['check_name', 'status', 'app_id', 'filter'].map((key) => query.get(key));
    const onCommit = repository.checks.filter((one) => one.headSha === sha);
    const found = onCommit
      .filter((one) => name == null || one.name === name)
      .filter((one) => status == null || one.status === status)
      .filter((one) => app == null || one.app.id === Number(app))
      .filter((one) => filter === 'all' || isLatest(onCommit, one))
      .toReversed();
    const wrap = (list: readonly unknown[], total: number) => ({ total_count: total, check_runs: list });
    return page(call, found, (check) => checkShape(world, repository, check), wrap);
  },

  'repos/create-commit-status': (call) => {
    const { world, repository, by, body } = call;
    const sha = commitAt(call, 'sha').id;
    const description = body.text('description') ?? null;
    if (description !== null && description.length > 140) {
      throw invalid([
        { resource: 'Status', code: 'custom', message: 'description is too long (maximum is 140 characters)' },
      ]);
    }
    const id = world.nextId();
    const status = {
      id,
      nodeId: `SC_${id}`,
      sha,
      state: body.oneOf('state', ['error', 'failure', 'pending', 'success'] as const) ?? 'error',
      context: body.text('context') ?? 'default',
      description,
      targetUrl: body.text('target_url') ?? null,
      creator: by.account,
      at: world.now(),
    };
    repository.statuses.push(status);
    advanceQueues(world, repository, sha);
    return created(statusShape(world, repository, status));
  },

  'repos/get-combined-status-for-ref': (call) =>
    ok(combinedShape(call.world, call.repository, commitAt(call, 'ref').id)),

  'repos/list-commit-statuses-for-ref': (call) => {
    const { world, repository } = call;
    const sha = commitAt(call, 'ref').id;
    const found = repository.statuses.filter((one) => one.sha === sha).toReversed();
    return page(call, found, (status) => statusShape(world, repository, status));
  },
} satisfies Partial<Record<OperationId, Handler>>;

function checkIn(call: Call): CheckRun {
  const found = call.repository.checks.find(({ id }) => id === call.number('check_run_id'));
  if (found === undefined) throw notFound();
  return found;
}

/** By default a list has only the newest of the runs with one name in one suite. */
function isLatest(all: readonly CheckRun[], { suite, name, id }: CheckRun): boolean {
  return !all.some((other) => other.suite === suite && other.name === name && other.id > id);
}

/** Sets the fields of the request body. A conclusion sets the status to completed. */
function fill({ world, body }: Call, check: CheckRun): void {
  const now = world.now();
  check.name = body.text('name') ?? check.name;
  check.externalId = body.text('external_id') ?? check.externalId;
  check.detailsUrl = body.text('details_url') ?? check.detailsUrl;
  const started = body.text('started_at');
  if (started !== undefined) check.startedAt = new Date(started);
  const conclusion = body.text('conclusion');
  const [given, ended] = [body.oneOf('status', statuses), body.text('completed_at')];
  const status = conclusion === undefined ? given : 'completed';
  if (status !== undefined) {
    if (status === 'completed' && conclusion === undefined) {
      throw invalid([{ resource: 'CheckRun', code: 'missing_field', field: 'conclusion' }]);
    }
    check.status = status;
    check.conclusion = status === 'completed' ? (conclusion ?? null) : null;
    check.completedAt = status === 'completed' ? new Date(ended ?? now) : null;
  }
  if (body.has('output')) check.output = outputOf(body.fields('output'), check.output.annotations);
}

function outputOf(output: Fields, before: number): CheckRun['output'] {
  for (const name of ['summary', 'text']) {
    if ((output.text(name) ?? '').length > LONGEST) {
      throw invalid(
        [],
        `Invalid request.\n\nOnly ${LONGEST} characters are allowed; ${output.text(name)?.length} were supplied.`,
      );
    }
  }
  const annotations = output.list('annotations').length;
  if (annotations > 50) throw invalid([], 'Invalid request.\n\nNo more than 50 items are allowed.');
  const [title = null, summary = null, text = null] = ['title', 'summary', 'text'].map((name) => output.text(name));
  return { title, summary, text, annotations: before + annotations };
}
