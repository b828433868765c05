import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface GitRemote extends AsyncDisposable {
  /** `http://127.0.0.1:PORT/repo.git`; stays the same over stop and start. */
  readonly url: string;
  /** The bare repository behind it. */
  readonly folder: string;
  /** Every request since the beginning, such as `GET /repo.git/info/refs?service=git-receive-pack`. */
  readonly requests: readonly string[];
  /** The commit of a branch; null where there is none. */
  tip(branch: string): Promise<string | null>;
  /** From now on pushes to the branch are declined, as by a branch rule; null for every branch. */
  protect(branch: string | null): Promise<void>;
  /** Unreachable until started again. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A real Git server over HTTP: git's own backend behind node:http. With a token, everything needs it as password. */
export async function gitRemote({
  token = null,
  branch = 'main',
}: {
  token?: string | null;
  branch?: string;
} = {}): Promise<GitRemote> {
  const home = await mkdtemp(join(tmpdir(), 'stepgate-remote-'));
  const folder = join(home, 'repo.git');
  const env = { PATH: process.env.PATH ?? '', HOME: home, GIT_CONFIG_NOSYSTEM: '1', GIT_TEMPLATE_DIR: '' };
  const git = async (...args: string[]) => (await run('git', args, { cwd: home, env })).stdout.trim();
  // Pushes are taken, and nothing is tidied up behind them.
  await initialise(folder, branch, '\tbare = true\n[http]\n\treceivepack = true\n[receive]\n\tautogc = false\n');

  const requests: string[] = [];
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    requests.push(`${request.method} ${request.url}`);
    if (token !== null && !isAllowed(request, token)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    answer(request, response, home, env);
  };

  let server = await listen(serve, 0);
  const { port } = server.address() as AddressInfo;
  const stop = () => close(server);

  return {
    url: `http://127.0.0.1:${port}/repo.git`,
    folder,
    requests,
    stop,
    async start() {
      server = await listen(serve, port);
    },
    tip: (name) => git('-C', folder, 'rev-parse', '--verify', '--quiet', `refs/heads/${name}`).catch(() => null),
    async protect(name) {
      await mkdir(join(folder, 'hooks'), { recursive: true });
      const hook = join(folder, 'hooks', 'pre-receive');
      const which = name === null ? '*' : `refs/heads/${name}`;
      await writeFile(
        hook,
        `#!/bin/sh\nwhile read old new ref; do case "$ref" in ${which}) echo "branch is protected" >&2; exit 1;; esac; done\n`,
      );
      await chmod(hook, 0o755);
    },
    async [Symbol.asyncDispose]() {
      await stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** Makes a folder the git directory of an empty repository: what `git init` does without a template, but no process. */
export async function initialise(folder: string, branch: string, config: string): Promise<void> {
  await mkdir(join(folder, 'objects'), { recursive: true });
  await mkdir(join(folder, 'refs'));
  await writeFile(join(folder, 'HEAD'), `ref: refs/heads/${branch}\n`);
  await writeFile(join(folder, 'config'), `[core]\n\trepositoryformatversion = 0\n${config}`);
}

function isAllowed(request: IncomingMessage, token: string): boolean {
  const [scheme, value = ''] = (request.headers.authorization ?? '').split(' ');
  return scheme?.toLowerCase() === 'basic' && Buffer.from(value, 'base64').toString().endsWith(`:${token}`);
}

function listen(serve: (request: IncomingMessage, response: ServerResponse) => void, port: number): Promise<Server> {
  const server = createServer(serve);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** One request by `git http-backend`, a CGI program: request in environment and stdin, headers and body on stdout. */
function answer(request: IncomingMessage, response: ServerResponse, root: string, env: Record<string, string>): void {
  const { pathname, search } = new URL(request.url ?? '/', 'http://localhost');
  const backend = spawn('git', ['http-backend'], {
    env: {
      ...env,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      REMOTE_USER: 'tester',
      REMOTE_ADDR: '127.0.0.1',
      ...(request.headers['content-length'] === undefined ? {} : { CONTENT_LENGTH: request.headers['content-length'] }),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  request.pipe(backend.stdin);
  backend.stdin.on('error', () => {});
  const chunks: Buffer[] = [];
  backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  backend.on('close', () => {
    const all = Buffer.concat(chunks);
    const end = all.indexOf('\r\n\r\n');
    const headers = all
      .toString('latin1', 0, Math.max(end, 0))
      .split('\r\n')
      .map((line) => line.split(/: ?/, 2));
    const status = headers.find(([name]) => name === 'Status')?.[1] ?? (end < 0 ? '500' : '200');
    for (const [name = '', value = ''] of headers)
      if (name !== '' && name !== 'Status') response.setHeader(name, value);
    response.writeHead(Number.parseInt(status, 10)).end(all.subarray(end + 4));
  });
}
