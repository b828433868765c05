/** What the bundle may have of that which test/threats/shipped.ts finds, each with its reason. What is gone is taken off the list. */

interface Known {
  /** The beginning of what is found. */
  readonly found: string;
  readonly why: string;
}

/** Code out of text or bytes, and modules that are loaded by a computed name. */
export const knownCode: readonly Known[] = [
  { found: 'typeof require<"u"?require:', why: "the bundler's stand-in for require: it passes on literal names only" },
  { found: 'require.apply', why: 'the same stand-in; no module calls it with a computed name, which is tested' },
  { found: 'WebAssembly.compile', why: 'undici: its parser of HTTP, llhttp, whose bytes are in the bundle' },
  { found: 'WebAssembly.instantiate', why: 'the same parser' },
  { found: 'Function.bind', why: 'before-after-hook borrows bind; no function is made' },
];

/** Who starts programs, opens connections, or has another thread. A name that ends with `/` is a folder. */
export const knownPowers: readonly {
  readonly from: string;
  readonly takes: readonly string[];
  readonly why: string;
}[] = [
  {
    from: 'src/adapters/run-program.ts',
    takes: ['child_process'],
    why: 'git, kustomize, helm, and plugins that the policy allows',
  },
  { from: 'node_modules/simple-git/', takes: ['child_process'], why: 'git' },
  {
    from: 'node_modules/undici/lib/web/fetch/webidl.js',
    takes: ['worker_threads'],
    why: 'markAsUncloneable; no thread',
  },
  {
    from: 'node_modules/undici/lib/web/websocket/events.js',
    takes: ['worker_threads'],
    why: 'the class MessagePort; no thread',
  },
  {
    from: 'node_modules/undici/',
    takes: ['dns', 'http', 'http2', 'net', 'tls'],
    why: 'requests to GitHub through a proxy',
  },
  { from: 'node_modules/tunnel/', takes: ['http', 'https', 'net', 'tls'], why: 'requests to GitHub through a proxy' },
  {
    from: 'node_modules/@actions/github/node_modules/@actions/http-client/',
    takes: ['http', 'https'],
    why: 'requests to GitHub',
  },
  { from: 'src/adapters/guarded-request.ts', takes: ['http', 'https'], why: 'metrics and messages' },
  { from: 'src/adapters/addresses.ts', takes: ['dns', 'net'], why: 'judges addresses before they are connected to' },
  { from: 'src/adapters/kubernetes/http.ts', takes: ['http', 'https'], why: 'the API server' },
  {
    from: 'src/adapters/kubernetes/tunnel.ts',
    takes: ['http', 'https', 'net', 'tls'],
    why: 'the API server through a proxy; the certificates that Node.js trusts',
  },
  { from: 'src/adapters/kubernetes/proxy.ts', takes: ['net'], why: 'judges addresses; no connection' },
  {
    from: 'src/adapters/kubernetes/auth.ts',
    takes: ['net', 'tls'],
    why: 'isIPv6, and a check of certificates; no connection',
  },
  { from: 'src/compile-cache.ts', takes: ['module'], why: "Node's cache of compiled code; loads no module" },
  { from: 'src/simulator/server/', takes: ['http'], why: 'the API server of a rehearsal, on loopback' },
];

/** Who connects without an import. */
export const knownGlobals: Readonly<Record<string, string>> = {
  'node_modules/@octokit/request/dist-bundle/index.js: global fetch':
    'requests to GitHub, where it is given no other; src/adapters/github/octokit.ts gives one',
};

/** Hosts in the texts of the bundle. */
export const knownHosts: Readonly<Record<string, string>> = {
  'api.github.com': 'the API, where the job names no other',
  'github.com': 'links to runs, where the job names no other; a page in a message of Octokit',
  'uploads.github.com': "an operation in Octokit's table that is not called",
  'docs.github.com': 'pages in messages of the toolkit and of Octokit',
  '127.0.0.1': 'the API server of a rehearsal',
  '127.0.0.1:1': 'no proxy listens there: kustomize and helm are to reach nothing by one',
  'localhost:9999': 'a test double in undici that is not used',
  'prom.example': 'an example',
  'prometheus.monitoring:9090': 'an example',
  'host:port': 'an example',
  'name:password@host:port': 'an example',
  'git-lfs.github.com': 'the first line of a pointer of Git LFS, which is recognised; nothing is loaded',
  'rehearsal.invalid': 'stands for servers of metrics in a rehearsal, where nothing is asked',
  'www.w3.org': 'the name of the format SVG; nothing is loaded',
  'json-schema.org': 'the name of the format of the schemas; nothing is loaded',
};

/** Who puts a host into an address at run time. */
export const knownComputedHosts: Readonly<Record<string, string>> = {
  'node_modules/@actions/github/node_modules/@actions/http-client/lib/proxy.js': 'HTTPS_PROXY',
  'node_modules/undici/lib/core/request.js': 'compares, and makes none',
  'src/adapters/kubernetes/auth.ts': 'the server of the kubeconfig',
  'src/adapters/kubernetes/proxy.ts': 'HTTPS_PROXY, and the address of a proxy in messages',
  'src/config/addresses.ts': 'parses a host of the policy, and sends nothing',
  'src/config/kustomization.ts': 'compares what a kustomization names, and sends nothing',
};
