import { describe, expect, it } from 'vitest';
import { askPage } from '../../src/adapters/page.ts';
import { MetricsError, type MetricsServer } from '../../src/release/metrics.ts';
import { hang, json, type Reply, serve, text } from './kubernetes/server.ts';

const never = new AbortController().signal;

function serverAt(url: string, more: Partial<MetricsServer> = {}): MetricsServer {
  return { name: 'smoke', url, credential: null, ca: null, timeoutSeconds: 1, ...more };
}

async function ask(url: string, more: Partial<MetricsServer> = {}, env: Record<string, string> = {}) {
  const masked: string[] = [];
  const answer = await askPage(serverAt(url, more), { env, mask: (secret) => masked.push(secret) }, never);
  return { answer, masked };
}

async function troubleOf(reply: Reply): Promise<string> {
  await using server = await serve([reply]);
  try {
    await ask(server.address);
  } catch (error) {
    if (error instanceof MetricsError) return `${error.trouble}: ${error.message}`;
    throw error;
  }
  return 'none';
}

describe('a page', () => {
  it('is asked with GET, once, with its query', async () => {
    await using server = await serve([json(200, { state: 'ok' })]);
    const { answer } = await ask(`${server.address}/ready?x=1`);
    expect(answer).toEqual({ status: 200, text: '{"state":"ok"}' });
    expect(server.seen).toMatchObject([{ method: 'GET', body: '' }]);
    expect(server.seen[0]?.url.search).toBe('?x=1');
  });

  it.each([404, 500, 503])('that answers %d has answered', async (status) => {
    await using server = await serve([text(status, 'no')]);
    expect((await ask(server.address)).answer).toEqual({ status, text: 'no' });
  });

  it('gets its token, which is masked', async () => {
    await using server = await serve([text(200, '')]);
    const credential = { is: 'bearer', token: { in: 'variable', name: 'STEPGATE_T' } } as const;
    const { masked } = await ask(server.address, { credential }, { STEPGATE_T: 'a-long-secret' });
    expect(server.seen).toMatchObject([{ headers: { authorization: 'Bearer a-long-secret' } }]);
    expect(masked).toEqual(['a-long-secret']);
  });

  it.each<[string, Reply, RegExp]>([
    ['that leads elsewhere', text(302, '', { location: 'https://login.example/' }), /^foreign: smoke: /],
    ['that never answers', hang(), /^away: smoke: /],
    ['that is endless', text(200, 'x'.repeat(300 * 1024)), /^tooMuch: smoke: /],
  ])('%s gives no answer', async (_, reply, trouble) => {
    expect(await troubleOf(reply)).toMatch(trouble);
  });
});
