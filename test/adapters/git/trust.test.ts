import { expect, test } from 'vitest';
import { readSettings, type Setting, trusted } from '../../../src/adapters/git/trust.ts';

const own = (key: string, value: string): Setting => ({ scope: 'global', key, value });
const here = (key: string, value: string): Setting => ({ scope: 'local', key, value });
const ssh = '/usr/bin/ssh';

interface Row {
  readonly what: string;
  readonly all: readonly Setting[];
  readonly settings?: readonly (readonly [string, string])[];
  readonly ignored?: readonly string[];
  readonly refused?: readonly string[];
  readonly set?: Readonly<Record<string, string>>;
}

const checkoutSsh =
  '"/usr/bin/ssh" -i "/runner/_temp/a b" -o StrictHostKeyChecking=yes -o CheckHostIP=no -o "UserKnownHostsFile=/runner/_temp/hosts"';
const keptSsh =
  "'/usr/bin/ssh' -i '/runner/_temp/a b' -o 'StrictHostKeyChecking=yes' -o 'CheckHostIP=no' -o 'UserKnownHostsFile=/runner/_temp/hosts'";

test.each<Row>([
  { what: 'nothing of the repository', all: [own('core.sshcommand', 'x'), own('credential.helper', '!x')] },
  {
    what: 'addresses, headers and identities',
    all: [
      here('remote.origin.url', 'https://example.com/x.git'),
      here('http.https://github.com/.extraheader', 'AUTHORIZATION: basic x'),
      here('user.signingkey', 'key'),
      here('commit.gpgsign', 'true'),
      here('url.https://a/.insteadof', 'https://b/'),
    ],
  },
  {
    what: 'the programs of a remote',
    all: [here('remote.O=x.uploadpack', '/evil'), here('remote.a.b.receivepack', 'git receive-pack; evil')],
    refused: ['remote.O=x.uploadpack', 'remote.a.b.receivepack'],
  },
  {
    what: 'the usual programs of a remote, and the own one, which counts first',
    all: [
      own('remote.o.uploadpack', '/opt/git-upload-pack'),
      here('remote.o.uploadpack', '/evil'),
      here('remote.a.uploadpack', 'git-upload-pack'),
      here('remote.a.receivepack', 'git-receive-pack'),
    ],
  },
  {
    what: 'the ssh of actions/checkout',
    all: [here('core.sshcommand', checkoutSsh)],
    settings: [['core.sshcommand', keptSsh]],
  },
  ...[
    '/tmp/evil.sh',
    'ssh -o ProxyCommand=/evil',
    'ssh -F /evil',
    'ssh -i key; /evil',
    'ssh -i "$(/evil)"',
    'ssh -i `/evil`',
    'ssh -oProxyCommand=/evil',
    'ssh -i',
    'ssh -i -oProxyCommand=x',
    'ssh -o "UserKnownHostsFile=%h"',
    'ssh\n/evil',
    "'s'sh-evil",
  ].map((command) => ({
    what: `another command for ssh: ${JSON.stringify(command)}`,
    all: [own('core.sshcommand', 'ssh -v'), here('core.sshcommand', command)],
    settings: [['core.sshcommand', 'ssh -v']] as const,
    ignored: ['core.sshcommand'],
  })),
  {
    what: 'a helper of git by its name',
    all: [own('credential.helper', '!gh auth git-credential'), here('credential.helper', 'cache --timeout=300')],
  },
  {
    what: 'the own helpers beside a program of the repository',
    all: [
      own('credential.helper', '!gh auth git-credential'),
      here('credential.helper', '/evil'),
      here('credential.https://a=b/.helper', '!evil'),
      { scope: 'worktree', key: 'credential.helper', value: 'store; evil' },
      own('credential.https://a=b/.helper', 'store'),
    ],
    settings: [
      ['credential.helper', ''],
      ['credential.helper', '!gh auth git-credential'],
      ['credential.https://a=b/.helper', 'store'],
    ],
    ignored: ['credential.helper', 'credential.https://a=b/.helper'],
  },
  {
    what: 'a proxy for the protocol of git',
    all: [here('core.gitproxy', '/evil')],
    set: { GIT_PROXY_COMMAND: '' },
    ignored: ['core.gitproxy'],
  },
  {
    what: 'hooks of the configuration, and a command for alternates',
    all: [
      here('hook.x.command', '/evil'),
      here('hook.x.event', 'pre-push'),
      here('hook.x.enabled', 'true'),
      here('core.alternaterefscommand', '/evil'),
    ],
    settings: [
      ['hook.x.command', 'true'],
      ['hook.x.event', ''],
      ['hook.x.enabled', 'false'],
      ['core.alternaterefscommand', 'true'],
    ],
    ignored: ['hook.x.command', 'hook.x.event', 'hook.x.enabled', 'core.alternaterefscommand'],
  },
])('what counts of $what', ({ all, settings = [], ignored = [], refused = [], set = {} }) => {
  expect(trusted(all, ssh)).toEqual({ settings, ignored, refused, set });
});

test('without ssh on PATH no command of the repository stands in for it', () => {
  expect(trusted([here('core.sshcommand', checkoutSsh)], null).settings).toEqual([['core.sshcommand', 'ssh']]);
});

test('settings are read as git prints them', () => {
  expect(readSettings('system\0a.b\nx\0local\0c.D.e\ny\nz\0local\0f.g\0')).toEqual([
    { scope: 'system', key: 'a.b', value: 'x' },
    { scope: 'local', key: 'c.D.e', value: 'y\nz' },
    { scope: 'local', key: 'f.g', value: '' },
  ]);
});
