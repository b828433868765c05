import { programsFor } from '../programs.ts';
import { type Places, readTokenFile } from './files.ts';
import { checkedToken, type Login } from './login.ts';
import { type PluginCredential, runPlugin } from './plugin.ts';

/** What a request proves its identity with. */
export interface Proof {
  /** The Authorization header. */
  readonly header: string | null;
  readonly certificate: { readonly cert: string; readonly key: string } | null;
}

export interface ProverOptions extends Places {
  readonly exec: readonly string[];
  readonly folder?: string;
  readonly pluginTimeoutMs?: number;
}

export interface Prover {
  prove(signal: AbortSignal): Promise<Proof>;
  renew(refused: object): boolean;
  close(): void;
}

/** The credentials of a login, fetched when they are needed. */
export function prover(login: Login, options: ProverOptions, mask: (secret: string) => void): Prover {
  switch (login.is) {
    case 'none':
      return constant(null);
    case 'token':
      mask(login.token);
      return constant(`Bearer ${login.token}`);
    case 'basic': {
      const encoded = Buffer.from(`${login.username}:${login.password}`).toString('base64');
      mask(login.password);
      mask(encoded);
      return constant(`Basic ${encoded}`);
    }
    case 'tokenFile':
      return renewed(async () => {
        const text = await readTokenFile(login.path, login.source, options, login.otherwise !== null);
        const token =
          text === null
            ? (login.otherwise ?? '')
            : checkedToken(text.toString('utf8'), `${login.source.file}: the file of tokenFile`);
        mask(token);
        return { header: `Bearer ${token}`, certificate: null, until: Date.now() + tokenFileMs };
      });
    case 'exec': {
      const { plugin } = login;
      const { exec: allowed, env } = options;
      const programs = programsFor(options);
      return renewed(async (signal) => {
        const timeoutMs = options.pluginTimeoutMs ?? 30_000;
        const got = await runPlugin({ plugin, allowed, env, programs, timeoutMs, signal });
        if (got.token !== null) mask(got.token);
        if (got.certificate !== null) mask(got.certificate.key);
        const header = got.token === null ? null : `Bearer ${got.token}`;
        return { header, certificate: got.certificate, until: untilOf(got) };
      });
    }
  }
}

/** A token in a file is replaced before it expires. client-go also reads it once a minute. */
const tokenFileMs = 60_000;

/** Renew some time before the expiry, so that a token does not expire during a request. */
function untilOf({ expires }: PluginCredential): number {
  return expires === null ? Number.POSITIVE_INFINITY : expires - 10_000;
}

function constant(header: string | null): Prover {
  const proof = { header, certificate: null };
  return { prove: async () => proof, renew: () => false, close: () => undefined };
}

interface Lease extends Proof {
  readonly until: number;
}

/** Caches credentials until they expire. Concurrent calls share one fetch, each with its own signal. */
function renewed(fetch: (signal: AbortSignal) => Promise<Lease>): Prover {
  const life = new AbortController();
  let lease: Lease | null = null;
  let coming: Promise<Lease> | null = null;
  return {
    async prove(signal) {
      signal.throwIfAborted();
      if (lease !== null && Date.now() < lease.until) return lease;
      coming ??= fetch(life.signal).finally(() => {
        coming = null;
      });
      const fresh = await withSignal(coming, signal);
      lease = fresh;
      return fresh;
    },
    renew(refused) {
      // Many requests may be refused with one credential: only the first of them asks for another.
      if (lease === refused) lease = null;
      return true;
    },
    close() {
      life.abort(new Error('the connection was closed'));
    },
  };
}

function withSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
