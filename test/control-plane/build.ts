import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const goDir = join(import.meta.dirname, 'go');
const binDir = join(import.meta.dirname, '.bin');

const kubernetesVersion = [
  '-X k8s.io/component-base/version.gitVersion=v1.34.4',
  '-X k8s.io/component-base/version.gitMajor=1',
  '-X k8s.io/component-base/version.gitMinor=34',
].join(' ');

/**
 * What is built: a program of a pinned module. Without `-X` the API server would call itself v0.0.0. Without the tag,
 * Prometheus has a client for every cloud, to find what it scrapes.
 */
const programs = {
  etcd: { module: 'etcd', from: 'go.etcd.io/etcd/server/v3', variables: '' },
  kubectl: { module: 'kubernetes', from: 'k8s.io/kubernetes/cmd/kubectl', variables: kubernetesVersion },
  'kube-apiserver': {
    module: 'kubernetes',
    from: 'k8s.io/kubernetes/cmd/kube-apiserver',
    variables: kubernetesVersion,
  },
  'kube-controller-manager': {
    module: 'kubernetes',
    from: 'k8s.io/kubernetes/cmd/kube-controller-manager',
    variables: kubernetesVersion,
  },
  'kube-scheduler': {
    module: 'kubernetes',
    from: 'k8s.io/kubernetes/cmd/kube-scheduler',
    variables: kubernetesVersion,
  },
  kwok: { module: 'kwok', from: 'sigs.k8s.io/kwok/cmd/kwok', variables: '' },
  'kruise-rollouts': { module: 'rollouts', from: 'github.com/openkruise/rollouts', variables: '' },
  'kruise-rollouts-v0.3': { module: 'rollouts-v0.3', from: 'github.com/openkruise/rollouts', variables: '' },
  'kruise-manager': { module: 'kruise', from: 'github.com/openkruise/kruise', variables: '' },
  kustomize: {
    module: 'kustomize',
    from: 'sigs.k8s.io/kustomize/kustomize/v5',
    variables: '-X sigs.k8s.io/kustomize/api/provenance.version=v5.8.1',
  },
  helm: {
    module: 'helm',
    from: 'helm.sh/helm/v3/cmd/helm',
    variables: '-X helm.sh/helm/v3/internal/version.version=v3.18.6',
  },
  prometheus: {
    module: 'prometheus',
    from: 'github.com/prometheus/prometheus/cmd/prometheus',
    variables: '',
    tags: 'remove_all_sd',
  },
  kubevela: {
    module: 'kubevela',
    from: 'github.com/oam-dev/kubevela/cmd/core',
    variables: '-X github.com/oam-dev/kubevela/version.VelaVersion=v1.10.9',
  },
} as const satisfies Record<string, Program>;

/** What is read where Go unpacked it (CRDs, webhook manifests, Lua files): a link to the module's folder. */
const folders = {
  'rollouts-module': { module: 'rollouts', from: 'github.com/openkruise/rollouts' },
  'rollouts-v0.3-module': { module: 'rollouts-v0.3', from: 'github.com/openkruise/rollouts' },
  'kruise-module': { module: 'kruise', from: 'github.com/openkruise/kruise' },
  'kubevela-module': { module: 'kubevela', from: 'github.com/oam-dev/kubevela' },
  'gateway-api-module': { module: 'gateway-api', from: 'sigs.k8s.io/gateway-api' },
} as const satisfies Record<string, Folder>;

type Program = {
  readonly module: string;
  readonly from: string;
  readonly variables: string;
  /** Build tags. */
  readonly tags?: string;
};
type Folder = { readonly module: string; readonly from: string };

/** The path of a built program or linked module folder; {@link buildMissing} puts it there. */
export function built(name: keyof typeof programs | keyof typeof folders): string {
  return join(binDir, name);
}

/**
 * Builds what is missing or was built from other pins, one line per item through `log`. Two processes may call it at
 * once: every result appears by a rename, and a lock spares the second one the work.
 */
export async function buildMissing(log: (line: string) => void = console.log): Promise<void> {
  if ((await missing()).length === 0) return;
  await mkdir(binDir, { recursive: true });
  await needGo();
  await using _lock = await takeLock(join(binDir, '.lock'), log);
  for (const item of await missing()) {
    const started = performance.now();
    await item.make();
    await replaceFile(item.stampFile, item.stamp);
    log(`${item.name}: ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
}

type Item = {
  readonly name: string;
  readonly stamp: string;
  readonly stampFile: string;
  readonly make: () => Promise<void>;
};

async function missing(): Promise<Item[]> {
  const items = [
    ...Object.entries<Program>(programs).map(([name, it]) => ({ name, it, make: () => buildProgram(name, it) })),
    ...Object.entries<Folder>(folders).map(([name, it]) => ({ name, it, make: () => linkFolder(name, it) })),
  ];
  const found: Item[] = [];
  for (const { name, it, make } of items) {
    const stamp = await stampOf(it);
    const stampFile = join(binDir, `${name}.stamp`);
    const last = await readFile(stampFile, 'utf8').catch(() => '');
    // existsSync follows links: a module folder that went with Go's cache counts as missing.
    if (last !== stamp || !existsSync(join(binDir, name))) found.push({ name, stamp, stampFile, make });
  }
  return found;
}

/** Changes with the pins and with how it is linked, so that a bumped version is built anew. */
async function stampOf(it: Program | Folder): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(it));
  for (const file of ['go.mod', 'go.sum']) hash.update(await readFile(join(goDir, it.module, file)));
  return hash.digest('hex');
}

async function buildProgram(name: string, { module, from, variables, tags = '' }: Program): Promise<void> {
  const fresh = join(binDir, `.${name}.${process.pid}`);
  await go(module, ['build', '-trimpath', '-tags', tags, '-ldflags', `-s -w ${variables}`.trim(), '-o', fresh, from]);
  await rename(fresh, join(binDir, name));
}

async function linkFolder(name: string, { module, from }: Folder): Promise<void> {
  const { Dir } = JSON.parse(await go(module, ['mod', 'download', '-json', from])) as { Dir: string };
  const fresh = join(binDir, `.${name}.${process.pid}`);
  await rm(fresh, { force: true });
  await symlink(Dir, fresh);
  await rename(fresh, join(binDir, name));
}

async function go(module: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, GOFLAGS: '-mod=readonly -buildvcs=false', GOWORK: 'off' };
  const { stdout } = await run('go', args, { cwd: join(goDir, module), env, maxBuffer: 64 << 20 });
  return stdout;
}

async function needGo(): Promise<void> {
  try {
    await run('go', ['version']);
  } catch (cause) {
    const names = (await missing()).map((item) => item.name).join(', ');
    throw new Error(`the control plane for tests needs Go 1.26.7 or newer in PATH to build ${names}`, { cause });
  }
}

async function replaceFile(path: string, text: string): Promise<void> {
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, text);
  await rename(fresh, path);
}

/**
 * Waits for the lock. One left by a dead process is removed; should two processes do that at once, both go on, which
 * costs time and nothing else (see {@link buildMissing}).
 */
async function takeLock(path: string, log: (line: string) => void): Promise<AsyncDisposable> {
  const mine = `${path}.${process.pid}`;
  await writeFile(mine, String(process.pid));
  let said = false;
  for (;;) {
    try {
      await link(mine, path);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = Number(await readFile(path, 'utf8').catch(() => ''));
    if (owner > 0 && !isAlive(owner)) await rm(path, { force: true });
    else if (!said) log(`process ${owner} is building the control plane; waiting for it`);
    said = true;
    await sleep(300);
  }
  await rm(mine);
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

if (import.meta.main) {
  try {
    await buildMissing();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
