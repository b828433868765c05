import { expect, test } from 'vitest';
import { webhookOf } from '../src/wire.ts';

test('the address for messages comes from the environment, and is masked', async () => {
  const secret = 'B0/s3cr3t-of-the-address';
  const masked: string[] = [];
  const mask = (text: string) => void masked.push(text);
  expect(webhookOf({}, mask)).toBeNull();
  const hook = webhookOf({ STEPGATE_WEBHOOK_URL: ` https://127.0.0.1/${secret}\n` }, mask);
  expect(masked).toEqual([`https://127.0.0.1/${secret}`, `/${secret}`]);
  const refused = 'STEPGATE_WEBHOOK_URL leads to this machine or its own network link';
  await expect(hook?.post({}, new AbortController().signal)).rejects.toThrow(refused);
});
