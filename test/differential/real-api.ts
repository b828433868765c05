import { readFileSync } from 'node:fs';
import { Agent, request as ask } from 'node:https';
import { createInterface } from 'node:readline';
import { at, isMap, type Json, type JsonMap, textAt } from '../../src/simulator/api/json.ts';
import { kindOf } from '../../src/simulator/api/kinds.ts';
import type { Connection } from '../control-plane/connection.ts';
import type { Request } from './requests.ts';

export interface Answer {
  readonly status: number;
  readonly body: JsonMap;
}

export interface Watched {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: JsonMap;
}

/** The real API server as its administrator, by bare HTTP: what is sent is what a recording would say. */
export interface RealApi {
  /** Sends it as a user would, conflicts forced; an answer that is no 2xx is an answer too. */
  send(namespace: string, request: Request): Promise<Answer>;
  /** Throws where it is not there. */
  read(namespace: string, kind: string, name: string): Promise<JsonMap>;
  createNamespace(name: string): Promise<void>;
  deleteNamespace(name: string): Promise<void>;
  /** Every change of a kind in a namespace, from what is there on, until the signal aborts; throws if the server ends it. */
  watch(namespace: string, kind: string, seen: (event: Watched) => void, signal: AbortSignal): Promise<void>;
}

export function realApi({ server, caFile, token }: Pick<Connection, 'server' | 'caFile' | 'token'>): RealApi {
  const ca = readFileSync(caFile);
  const agent = new Agent({ keepAlive: true, ca });
  const authorization = `Bearer ${token}`;

  function call(method: string, path: string, contentType?: string, body?: Json): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = { authorization, ...(contentType === undefined ? {} : { 'content-type': contentType }) };
      const sent = ask(`${server}${path}`, { method, agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('error', reject);
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('end', () => {
          const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString());
          if (isMap(parsed)) resolve({ status: response.statusCode ?? 0, body: parsed });
          else reject(new Error(`${method} ${path}: the answer is no object`));
        });
      });
      sent.once('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  async function must(method: string, path: string, contentType?: string, body?: Json): Promise<void> {
    const { status, body: answer } = await call(method, path, contentType, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${textAt(answer, 'message')}`);
  }

  return {
    send(namespace, { op, kind, name, detail }) {
      const path = `${collection(namespace, kind)}/${name}`;
      switch (op) {
        case 'server-side apply':
          return call('PATCH', `${path}?fieldManager=stepgate&force=true`, 'application/apply-patch+yaml', detail);
        case 'merge patch':
          return call('PATCH', `${path}?fieldManager=tester`, 'application/merge-patch+json', detail);
        case 'merge patch of status':
          return call('PATCH', `${path}/status?fieldManager=tester`, 'application/merge-patch+json', detail);
        case 'json patch':
          return call('PATCH', `${path}?fieldManager=tester`, 'application/json-patch+json', detail);
        case 'json patch of status':
          return call('PATCH', `${path}/status?fieldManager=tester`, 'application/json-patch+json', detail);
        case 'delete':
          return call('DELETE', path);
      }
    },
    async read(namespace, kind, name) {
      const path = `${collection(namespace, kind)}/${name}`;
      const { status, body } = await call('GET', path);
      if (status !== 200) throw new Error(`GET ${path}: ${status} ${textAt(body, 'message')}`);
      return body;
    },
    createNamespace: (name) =>
      must('POST', '/api/v1/namespaces', 'application/json', {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name },
      }),
    deleteNamespace: (name) => must('DELETE', `/api/v1/namespaces/${name}`),
    watch: (namespace, kind, seen, signal) =>
      new Promise((resolve, reject) => {
        const path = `${collection(namespace, kind)}?watch=true&allowWatchBookmarks=false`;
        const ended = (error: unknown) => (signal.aborted ? resolve() : reject(error));
        const sent = ask(`${server}${path}`, { agent: false, ca, headers: { authorization }, signal }, (response) => {
          const lines = createInterface({ input: response });
          lines.on('line', (line) => {
            const event = parseWatched(line);
            if (event === undefined) sent.destroy(new Error(`the watch of ${kind} answered ${line.slice(0, 200)}`));
            else seen(event);
          });
          // The reader passes on what goes wrong with what it reads.
          lines.once('error', ended);
          response.once('close', () => ended(new Error(`the watch of ${kind} was ended by the server`)));
        });
        sent.once('error', ended);
        sent.end();
      }),
  };
}

function collection(namespace: string, kind: string): string {
  const { group, versions, plural } = kindOf(kind);
  const [version = 'v1'] = versions;
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  return `${root}/namespaces/${namespace}/${plural}`;
}

function parseWatched(line: string): Watched | undefined {
  const event: unknown = JSON.parse(line);
  const type = textAt(event, 'type');
  const object = at(event, 'object');
  if ((type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED') || !isMap(object)) return undefined;
  return { type, object };
}
