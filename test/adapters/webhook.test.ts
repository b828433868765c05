import { describe, expect, it, test } from 'vitest';
import { openWebhook } from '../../src/adapters/webhook.ts';
import { serve } from './kubernetes/server.ts';

const never = new AbortController().signal;
const name = 'STEPGATE_WEBHOOK_URL';
const secret = 'B0/s3cr3t-of-the-address';
/** The message of the error; null when the message was taken. */
const failing = (sent: Promise<void>) =>
  sent.then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

test('a message is posted as JSON, to the whole address', async () => {
  await using server = await serve([(response) => response.writeHead(200).end('ok')]);
  await openWebhook(`${server.address}/${secret}?a=1`, { name, allowLoopback: true }).post(
    { text: 'ü', url: null },
    never,
  );
  expect(server.seen).toMatchObject([
    { method: 'POST', body: '{"text":"ü","url":null}', headers: { 'content-type': 'application/json' } },
  ]);
  expect(server.seen[0]?.url.pathname + (server.seen[0]?.url.search ?? '')).toBe(`/${secret}?a=1`);
});

describe('an answer', () => {
  it.each([
    [204, null],
    [301, `${name}: the server answered 301`],
    [404, `${name}: the server answered 404`],
    [500, `${name}: the server answered 500`],
  ])('of %i is %j, and no redirect is followed', async (status, expected) => {
    await using server = await serve([
      (response) => response.writeHead(status, { location: '/elsewhere' }).end(secret),
    ]);
    const hook = openWebhook(`${server.address}/${secret}`, { name, allowLoopback: true });
    expect(await failing(hook.post({}, never))).toBe(expected);
    expect(server.seen).toHaveLength(1);
  });

  it('that does not come ends, and so does a cancelled run', async () => {
    await using server = await serve([() => {}]);
    const hook = openWebhook(server.address, { name, allowLoopback: true, timeout: 50 });
    expect(await failing(hook.post({}, never))).toBe(`${name}: no answer within 0.05 s`);
    expect(await failing(hook.post({}, AbortSignal.abort()))).toBe(`${name}: cancelled`);
  });

  it('of a server that hangs up is an error without the address', async () => {
    await using server = await serve([(response) => response.destroy()]);
    const hook = openWebhook(`${server.address}/${secret}`, { name, allowLoopback: true });
    expect(await failing(hook.post({}, never))).toBe(`${name}: the server can't be reached (ECONNRESET)`);
  });
});

describe('no message goes to', () => {
  it.each([
    ['a text', secret],
    ['plain HTTP', `http://chat.example/${secret}`],
    ['plain HTTP on this machine', `http://127.0.0.1:1/${secret}`],
    ['a file', `file:///${secret}`],
    ['an address with a password', `https://ada:pw@chat.example/${secret}`],
  ])('%s', async (_, address) => {
    expect(await failing(openWebhook(address, { name }).post({}, never))).toBe(
      `${name} is no https address without a user`,
    );
  });

  it.each([
    '127.0.0.1',
    '127.1',
    '0x7f000001',
    '0.0.0.0',
    '169.254.169.254',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:169.254.169.254]',
    '[fe80::1]',
    '[fd00:ec2::254]',
    'localhost',
  ])('%s', async (host) => {
    const hook = openWebhook(`https://${host}:1/${secret}`, { name });
    expect(await failing(hook.post({}, never))).toBe(`${name} leads to this machine or its own network link`);
  });
});
