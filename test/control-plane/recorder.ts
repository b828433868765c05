import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { built } from './build.ts';
import type { Connection } from './connection.ts';

export type Seen<T> = {
  readonly at: Date;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
};

/** What a watch has shown so far, in the order it came; the first entries are what was there at the start. */
export type Recording<T> = AsyncDisposable & { readonly seen: readonly Seen<T>[] };

/**
 * Watches one kind in one namespace until it is disposed of. For claims such as "there were never two new pods". The
 * watch begins some 50 ms after the call and runs a few ms behind the server.
 */
export function record<T>(
  { kubeconfig, dir }: Pick<Connection, 'kubeconfig' | 'dir'>,
  namespace: string,
  kind: string,
): Recording<T> {
  const args = ['get', kind, '-n', namespace, '--watch', '--output-watch-events', '-o', 'json'];
  const env = { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: `${dir}/kubectl-cache` };
  const child = spawn(built('kubectl'), args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const seen: Seen<T>[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { type, object } = JSON.parse(line) as Omit<Seen<T>, 'at'>;
    seen.push({ at: new Date(), type, object });
  });
  return {
    seen,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await gone;
    },
  };
}
