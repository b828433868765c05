import { spawn } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import { reaches } from '../state/accounts.ts';
import { type Repository, roleOf } from '../state/repository.ts';
import { actorOf, grantsIn, sees, type Token } from '../state/tokens.ts';
import type { World } from '../state/world.ts';
import { advertise, receive } from './receive.ts';

export interface GitRequest {
  readonly operation: 'smart-http/info-refs' | 'smart-http/receive-pack' | 'smart-http/upload-pack';
  readonly repository: string;
  readonly service: string;
  readonly token: Token | null;
  /** Whether the token is unknown. */
  readonly bad: boolean;
  /** The git-protocol header. */
  readonly protocol: string;
  readonly encoding: string;
  readonly body: Buffer;
}

export interface GitAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Parses a path of git's smart HTTP protocol; null for any other path. */
export function gitOperation(
  path: string,
  query: URLSearchParams,
): Pick<GitRequest, 'operation' | 'repository' | 'service'> | null {
  const [, repository = '', what = ''] =
    /^\/([^/]+\/[^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(path) ?? [];
  if (repository === '') return null;
  if (what !== 'info/refs') {
    const operation = what === 'git-upload-pack' ? 'smart-http/upload-pack' : 'smart-http/receive-pack';
    return { operation, repository, service: what };
  }
  return { operation: 'smart-http/info-refs', repository, service: query.get('service') ?? '' };
}

/** Answers `git fetch` and `git push`. A repository that the token may not read is reported as not found. */
export async function serveGit(world: World, request: GitRequest): Promise<GitAnswer> {
  const { token, service } = request;
  const repository = world.repositories.get(request.repository.toLowerCase());
  const pushes = service === 'git-receive-pack';
  if (request.bad || (token === null && (pushes || repository === undefined || repository.private))) {
    const text = request.bad
      ? 'Invalid username or token. Password authentication is not supported for Git operations.\n'
      : '';
    return { ...plain(401, text), headers: { 'www-authenticate': 'Basic realm="GitHub"' } };
  }
  if (repository === undefined || !sees(token, repository)) return plain(404, 'Repository not found.\n');
  if (!mayDo(token, repository, pushes)) {
    const { fullName } = repository;
    const message = pushes
      ? `Permission to ${fullName}.git denied to ${token?.account.login}.\n`
      : 'Write access to repository not granted.\n';
    return plain(403, message);
  }
  const type = `application/x-${service}`;
  if (request.operation === 'smart-http/info-refs') {
    const body = pushes ? advertise(repository) : await uploadPack(repository, request, ['--http-backend-info-refs']);
    return { status: 200, type: `${type}-advertisement`, body };
  }
  const body = request.encoding === 'gzip' ? gunzipSync(request.body) : request.body;
  if (token !== null && pushes) {
    return { status: 200, type: `${type}-result`, body: await receive(world, repository, actorOf(token), body) };
  }
  return { status: 200, type: `${type}-result`, body: await uploadPack(repository, { ...request, body }, []) };
}

function mayDo(token: Token | null, repository: Repository, pushes: boolean): boolean {
  if (token === null) return !pushes;
  if (token.is === 'person') return reaches(roleOf(repository, token.account), pushes ? 'write' : 'read');
  const granted = grantsIn(token, repository).contents;
  return pushes ? granted === 'write' : granted !== undefined || !repository.private;
}

function plain(status: number, text: string): GitAnswer {
  return { status, type: 'text/plain', body: Buffer.from(text) };
}

/** Runs git's own server for fetches. */
function uploadPack(
  { bare }: Repository,
  { protocol, body }: Pick<GitRequest, 'body' | 'protocol'>,
  options: readonly string[],
): Promise<Buffer> {
  const env = { PATH: process.env['PATH'] ?? '', GIT_CONFIG_NOSYSTEM: '1', HOME: bare.folder, GIT_PROTOCOL: protocol };
  const args = ['upload-pack', '--stateless-rpc', ...options, bare.folder];
  return new Promise((resolve, reject) => {
    const child = spawn('git', args, { env, stdio: ['pipe', 'pipe', 'ignore'] });
    const chunks: Buffer[] = options.length === 0 ? [] : [Buffer.from('001e# service=git-upload-pack\n0000')];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', () => resolve(Buffer.concat(chunks)));
    child.stdin.on('error', () => {});
    child.stdin.end(body);
  });
}
