import { X509Certificate } from 'node:crypto';
import { isObject, numberAt } from '../../release/json.ts';
import type { Headers } from './impersonate.ts';
import type { Chosen } from './kubeconfig.ts';
import { parsed } from './status.ts';

/** What was refused: the headers and the client certificate of the request, and this machine's time. */
export interface Refused {
  readonly headers: Headers;
  readonly cert: string | Buffer | null;
  readonly now: number;
}

/** What to do about an answer of 401, in the words of the kubeconfig. It quotes no part of a credential but when it ended. */
export function refusedWords({ context, login, names, certificate }: Chosen, refused: Refused): string {
  const user = names.user ?? `context ${JSON.stringify(context)}`;
  const ended = endOf(refused);
  const why = ended !== null && ended < refused.now ? `has expired (${new Date(ended).toISOString()})` : null;
  const state = why ?? 'has expired or is not of this cluster';
  switch (login.is) {
    case 'token':
      return `the token of ${user} ${state}: sign in again, and write the new token there`;
    case 'tokenFile':
      return `the token in ${login.path} (tokenFile of ${user}) ${state}: have a new one written there`;
    case 'basic':
      return `the server does not accept username and password of ${user}; Kubernetes itself knows no passwords since version 1.19`;
    case 'exec':
      return `what ${login.plugin.command} gave (exec of ${user}) ${state}: sign in again with that program, and see that it asks for this cluster`;
    case 'none':
      return certificate === null
        ? `${user} has no credentials: sign in first, or name another context with --context`
        : `the client certificate of ${user} ${state}: take a new kubeconfig from the cluster`;
  }
}

/** When the credential ended, as it says itself: the certificate, or a token that is a JSON Web Token. Null where none says so. */
function endOf({ headers, cert }: Refused): number | null {
  const { authorization } = headers;
  const [, payload] =
    typeof authorization === 'string' ? (/^Bearer [\w-]+\.([\w-]+)\.[\w-]+$/.exec(authorization) ?? []) : [];
  if (payload !== undefined) {
    const claims = parsed(Buffer.from(payload, 'base64url').toString('utf8'));
    const seconds = isObject(claims) ? numberAt(claims, 'exp') : null;
    return seconds === null || Math.abs(seconds) > 1e11 ? null : seconds * 1000;
  }
  if (cert === null || authorization !== undefined) return null;
  const time = new X509Certificate(cert).validToDate.getTime();
  return Number.isNaN(time) ? null : time;
}
