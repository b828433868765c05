import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Code } from '../../src/release/codes.ts';
import { checkout } from '../support/repository.ts';
import { deployment, type Other, type Shop, type ShopOptions } from './shop.ts';

/** What may be in the way of a rollback. None of it keeps the pods: the engine's own revision is in the cluster. */
export interface Obstacle {
  readonly what: string;
  readonly options?: Pick<ShopOptions, 'source' | 'files' | 'called'>;
  /** What the bad version changes beside the image; null where it is a plain release. */
  bad?(image: string, it: Shop): Promise<string>;
  /** How runs find what a source needs before anything is in the way. */
  prepare?(it: Shop): Promise<Other>;
  /** Puts the obstacle in the way. */
  put?(it: Shop, made: AsyncDisposableStack): Promise<Stand>;
  /** Takes it away; how the later tick runs. */
  clear?(it: Shop, stand: Stand): Promise<Other>;
  /** Why a part of the rollback stays open until then; null where nothing does. */
  readonly open: Code | null;
  /** Whether there is a policy while it is there, by which a tick may take a release back of its own accord. */
  readonly policy: boolean;
  /** Whether the revert comes as a commit of stepgate's; else somebody has put stable's content on the branch. */
  readonly reverts: boolean;
}

/** How a run stands while the obstacle is there. */
export interface Stand {
  readonly as: Other;
  readonly args: readonly string[];
}

const here: Stand = { as: {}, args: [] };
const kustomized = {
  source: '{ kustomize: deploy }',
  files: { 'deploy/kustomization.yaml': 'resources: [shop.yaml]\n' },
};

async function commitSource(it: Shop, source: string, files: Readonly<Record<string, string | null>>): Promise<string> {
  const config = await readFile(path.join(it.repo.folder, 'stepgate.yaml'), 'utf8');
  const moved = config.replace(/source: .*/, `source: ${source}`);
  const commit = await it.repo.commit({ 'stepgate.yaml': moved, ...files }, 'move the manifests');
  await it.repo.push('main');
  return commit;
}

/** A folder of programs beside the repository. */
async function programs(it: Shop): Promise<string> {
  const folder = path.join(path.dirname(it.repo.folder), 'bin');
  await mkdir(folder, { recursive: true });
  return folder;
}

function baseOf(it: Shop): string {
  return path.join(path.dirname(it.repo.folder), 'base');
}

/**
 * Stands for a kustomization with a base behind a URL that no commit pins: the container's port comes from a file beside the
 * repository.
 */
async function withRemoteBase(it: Shop): Promise<Other> {
  const [folder, base] = [await programs(it), baseOf(it)];
  const lines = [
    '#!/bin/sh',
    'for folder; do :; done',
    `[ -f '${base}' ] || { echo 'Error: accumulating resources: the remote base is gone' >&2; exit 1; }`,
    `exec sed "s/port: 80 /port: $(cat '${base}') /" "$folder/shop.yaml"`,
    '',
  ];
  await writeFile(path.join(folder, 'kustomize'), lines.join('\n'));
  await chmod(path.join(folder, 'kustomize'), 0o755);
  await writeFile(base, '80');
  return { path: `${folder}:${it.repo.env['PATH']}` };
}

export const obstacles: readonly Obstacle[] = [
  {
    what: 'the manifests moved',
    bad: (image, it) =>
      commitSource(it, '{ files: [k8s/*.yaml] }', { 'deploy/shop.yaml': null, 'k8s/app.yaml': deployment(image, 5) }),
    open: null,
    policy: true,
    reverts: true,
  },
  {
    what: 'the manifests turned into kustomize',
    bad: (image, it) =>
      commitSource(it, '{ kustomize: k8s }', {
        'deploy/shop.yaml': null,
        'k8s/app.yaml': deployment(image, 5),
        'k8s/kustomization.yaml': 'resources: [app.yaml]\n',
      }),
    open: null,
    policy: true,
    reverts: true,
  },
  {
    what: 'kustomize missing',
    options: kustomized,
    async put(it) {
      const folder = await programs(it);
      const places = (it.repo.env['PATH'] ?? '').split(':').map((one) => path.join(one, 'git'));
      const found = await Promise.all(
        places.map((one) =>
          readFile(one).then(
            () => one,
            () => null,
          ),
        ),
      );
      await symlink(found.find((one) => one !== null) ?? 'git', path.join(folder, 'git'));
      return { as: { path: folder }, args: [] };
    },
    clear: async () => ({}),
    open: 'TOOL_MISSING',
    policy: true,
    reverts: true,
  },
  {
    what: 'its remote base gone',
    options: kustomized,
    prepare: withRemoteBase,
    async put(it) {
      await rm(baseOf(it));
      return { as: await pathOf(it), args: [] };
    },
    async clear(it) {
      await writeFile(baseOf(it), '80');
      return pathOf(it);
    },
    open: 'SOURCE_INVALID',
    policy: true,
    reverts: true,
  },
  {
    what: 'its remote base changed',
    options: kustomized,
    prepare: withRemoteBase,
    async put(it) {
      await writeFile(baseOf(it), '8080');
      return { as: await pathOf(it), args: [] };
    },
    async clear(it) {
      await writeFile(baseOf(it), '80');
      return pathOf(it);
    },
    open: 'REVERT_NOT_PROVEN',
    policy: true,
    reverts: true,
  },
  {
    what: 'a shallow clone, and the Git server away',
    async put(it, made) {
      const clone = made.use(await checkout(it.remote));
      await it.remote.stop();
      // As actions/checkout leaves it, nothing tells the default branch.
      return { as: { folder: clone.folder }, args: byName(it) };
    },
    async clear(it, { as }) {
      await it.remote.start();
      return as;
    },
    open: 'GIT_FAILED',
    policy: false,
    reverts: true,
  },
  {
    what: 'stable’s commit in no clone',
    async put(it, made) {
      const { repo, remote } = it;
      await repo.git('checkout', '--quiet', '--orphan', 'squashed');
      await repo.commit({}, 'all of it in one commit');
      await repo.push('+squashed:main');
      await repo.git('-C', remote.folder, 'prune', '--expire=now');
      const clone = made.use(await checkout(remote, { depth: null }));
      return { as: { folder: clone.folder }, args: [] };
    },
    async clear(it, { as }) {
      await it.repo.commit({ 'deploy/shop.yaml': deployment('app:v1', 5) }, 'the good version again');
      await it.repo.push('squashed:main');
      return as;
    },
    open: 'REF_UNKNOWN',
    policy: true,
    reverts: false,
  },
  {
    what: 'a config that has become invalid',
    async put(it) {
      await it.repo.commit({ 'stepgate.yaml': 'version: 1\ndeliveries: [' }, 'a slip');
      await it.repo.push('main');
      return { ...here, args: byName(it) };
    },
    async clear(it) {
      await it.repo.git('checkout', '--quiet', 'HEAD~1', '--', 'stepgate.yaml');
      await it.repo.commit({}, 'the config as it was');
      await it.repo.push('main');
      return {};
    },
    open: 'YAML_INVALID',
    policy: false,
    reverts: true,
  },
  {
    what: 'an empty folder, with nothing but a kubeconfig and the delivery’s name',
    options: { called: 'alone' },
    async put(it, made) {
      const folder = await mkdtemp(path.join(tmpdir(), 'stepgate-empty-'));
      made.defer(() => rm(folder, { recursive: true, force: true }));
      return { as: { folder }, args: ['--delivery', it.delivery] };
    },
    clear: async () => ({}),
    open: 'GIT_FAILED',
    policy: false,
    reverts: true,
  },
];

/** Others of the cluster may be called the same. */
function byName(it: Shop): readonly string[] {
  return ['--delivery', it.delivery, '--namespace', it.namespace];
}

async function pathOf(it: Shop): Promise<Other> {
  return { path: `${await programs(it)}:${it.repo.env['PATH']}` };
}
