import { readCommit } from '../../git/commits.ts';
import { entriesOf } from '../../git/trees.ts';
import { legacyPermission } from '../../state/accounts.ts';
import { GitHubError, invalid, notAccessible, notFound } from '../../state/github-error.ts';
import type { Protection } from '../../state/protection.ts';
import { roleOf } from '../../state/repository.ts';
import { type Call, type Handler, noContent, ok, page } from '../call.ts';
import type { OperationId } from '../permissions.ts';
import { profileShape, userShape } from '../shapes/account.ts';
import { commitShape } from '../shapes/commit.ts';
import { apiUrl, fullShape, webUrl } from '../shapes/repository.ts';

export const repositories = {
  'repos/get': ({ world, repository }) => ok(fullShape(world, repository)),

  'repos/get-branch': (call) => ok(branchShape(call)),

  'repos/get-branch-rules': (call) => {
    const rule = call.repository.protections.get(call.text('branch'));
    return page(call, rule?.by === 'ruleset' ? rulesOf(rule, call.repository.fullName) : [], (one) => one);
  },

  'repos/get-collaborator-permission-level': (call) => {
    const { world, repository } = call;
    call.requireRole('write', 'Must have push access to view collaborator permission.');
    const login = call.text('username');
    const account = world.accounts.get(login.toLowerCase());
    if (account?.type !== 'User') throw notFound(`${login} is not a user`);
    const role = roleOf(repository, account);
    const permission = legacyPermission(role);
    const user = { ...userShape(world, account), role_name: role.name };
    return ok({ permission, role_name: role.name, user });
  },

  'repos/get-content': (call) => ok(contentOf(call)),

  'repos/create-dispatch-event': ({ world, repository, by, body }) => {
    const action = body.text('event_type') ?? '';
    const payload = body.record('client_payload');
    if (Object.keys(payload).length > 10) {
      throw invalid([], 'No more than 10 properties are allowed; 11 were supplied.');
    }
    world.emit({ name: 'repository_dispatch', action, repository, by, payload });
    return noContent;
  },

  'users/get-by-username': (call) => {
    const account = call.world.accounts.get(call.text('username').toLowerCase());
    if (account === undefined) throw notFound();
    return ok(profileShape(call.world, account));
  },

  'users/get-authenticated': ({ world, token, by }) => {
    if (token?.is !== 'person') throw new GitHubError(403, notAccessible);
    return ok(profileShape(world, by.account));
  },
} satisfies Partial<Record<OperationId, Handler>>;

function branchShape(call: Call) {
  const { world, repository } = call;
  const name = call.text('branch');
  const tip = repository.bare.tip(`refs/heads/${name}`);
  const commit = tip === null ? null : readCommit(repository.bare.store, tip);
  if (commit === null) throw notFound('Branch not found');
  const rule = repository.protections.get(name) ?? null;
  const url = `${apiUrl(world, repository)}/branches/${name}`;
  const contexts = rule?.checks ?? [];
  return {
    name,
    commit: commitShape(world, repository, commit),
    _links: { self: url, html: `${webUrl(world, repository)}/tree/${name}` },
    protected: rule !== null,
    protection: {
      enabled: rule?.by === 'protection',
      required_status_checks: {
        enforcement_level: contexts.length === 0 ? 'off' : 'everyone',
        contexts,
        checks: contexts.map((context) => ({ context, app_id: null })),
      },
    },
    protection_url: `${url}/protection`,
  };
}

/** The rules of a ruleset. A classic branch protection is not listed by this operation. */
function rulesOf({ id, ...rule }: Protection, source: string): readonly object[] {
  const from = { ruleset_source_type: 'Repository', ruleset_source: source, ruleset_id: id };
  const rules = [
    { type: 'deletion' },
    { type: 'non_fast_forward' },
    ...(rule.signatures ? [{ type: 'required_signatures' }] : []),
    ...(rule.pullRequest || rule.reviews > 0
      ? [
          {
            type: 'pull_request',
            parameters: {
              required_approving_review_count: rule.reviews,
              dismiss_stale_reviews_on_push: rule.dismissStale,
              require_code_owner_review: false,
              require_last_push_approval: false,
              required_review_thread_resolution: false,
            },
          },
        ]
      : []),
    ...(rule.checks.length > 0
      ? [
          {
            type: 'required_status_checks',
            parameters: {
              strict_required_status_checks_policy: false,
              required_status_checks: rule.checks.map((context) => ({ context })),
            },
          },
        ]
      : []),
    ...(rule.queue ? [{ type: 'merge_queue' }] : []),
    ...(rule.pushers === null ? [] : [{ type: 'update' }]),
  ];
  return rules.map((one) => ({ ...one, ...from }));
}

/** A file's content, or the entries of a directory. */
function contentOf(call: Call): unknown {
  const { repository, query } = call;
  const { store } = repository.bare;
  const path = call.text('path').replace(/\/$/, '');
  const ref = query.get('ref') ?? repository.defaultBranch;
  const commit = repository.bare.resolve(ref);
  if (commit === null) throw notFound(`No commit found for the ref ${ref}`);
  let entry = { mode: '40000', id: commit.tree };
  for (const part of path === '' ? [] : path.split('/')) {
    const next = entry.mode === '40000' ? entriesOf(store, entry.id).get(part) : undefined;
    if (next === undefined) throw notFound();
    entry = next;
  }
  if (entry.mode !== '40000') {
    const content = store.get(entry.id, 'blob');
    const encoded = `${content.toString('base64').replace(/.{60}/g, '$&\n')}\n`;
    return { ...entryShape(call, path, entry), size: content.length, encoding: 'base64', content: encoded };
  }
  return [...entriesOf(store, entry.id)].map(([name, one]) =>
    entryShape(call, path === '' ? name : `${path}/${name}`, one),
  );
}

function entryShape({ world, repository, query }: Call, path: string, { mode, id }: { mode: string; id: string }) {
  const ref = query.get('ref') ?? repository.defaultBranch;
  const folder = mode === '40000';
  const url = `${apiUrl(world, repository)}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const git = `${apiUrl(world, repository)}/git/${folder ? 'trees' : 'blobs'}/${id}`;
  const html = `${webUrl(world, repository)}/${folder ? 'tree' : 'blob'}/${ref}/${path}`;
  return {
    name: path.split('/').at(-1) ?? '',
    path,
    sha: id,
    size: folder ? 0 : repository.bare.store.get(id, 'blob').length,
    url,
    html_url: html,
    git_url: git,
    download_url: folder ? null : `${webUrl(world, repository)}/raw/${ref}/${path}`,
    type: folder ? 'dir' : mode === '120000' ? 'symlink' : 'file',
    _links: { self: url, git, html },
  };
}
