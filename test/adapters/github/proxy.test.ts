import { execFile } from 'node:child_process';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** Asks for a branch in a process of its own, because the client reads the proxy from the environment while it is loaded. */
const asking = fileURLToPath(new URL('asking.ts', import.meta.url));

test.each([
  ['through the proxy', {}, ['api.git.invalid:443'], 4],
  // A name that nobody has is not asked for again.
  ['not to a host of NO_PROXY', { NO_PROXY: 'git.invalid' }, [], 1],
])('%s', async (_, more, expected, requests) => {
  const asked: string[] = [];
  const proxy = http.createServer();
  proxy.on('connect', ({ url = '' }, socket) => {
    asked.push(url);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const bound = proxy.address();
  const port = typeof bound === 'object' ? bound?.port : 0;
  const { stdout } = await promisify(execFile)(process.execPath, [asking], {
    env: {
      HTTPS_PROXY: `http://127.0.0.1:${port}`,
      GITHUB_REPOSITORY: 'acme/shop',
      GITHUB_SERVER_URL: 'https://git.invalid',
      GITHUB_API_URL: 'https://api.git.invalid/api/v3',
      ...more,
    },
  });
  proxy.close();
  expect(JSON.parse(stdout)).toMatchObject({ trouble: 'away', requests });
  expect([...new Set(asked)]).toEqual(expected);
});
