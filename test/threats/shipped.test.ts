import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { beforeAll, describe, expect, test } from 'vitest';
import { banner, bundle } from '../../build.ts';
import { bundledFiles } from '../../tools/licences.ts';
import { dist } from '../action/runner.ts';
import { codeOutOfText, globalsIn, hostsIn, powersOf, textsIn } from './shipped.ts';
import { knownCode, knownComputedHosts, knownGlobals, knownHosts, knownPowers } from './shipped-lists.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

const languageOf = (file: string) => (file.endsWith('.ts') ? 'typescript' : 'javascript');

describe('threat 21: supply chain: what is shipped', () => {
  let metafile: Metafile = { inputs: {}, outputs: {} };
  let files: readonly string[] = [];
  let built: readonly { readonly name: string; readonly text: string }[] = [];

  beforeAll(async () => {
    ({ metafile } = await bundle('never-written'));
    files = bundledFiles(metafile);
    const names = (await readdir(dist, { recursive: true })).filter((name) => /\.js(?:on)?$/.test(name));
    built = await Promise.all(
      names.map(async (name) => ({ name, text: await readFile(path.join(dist, name), 'utf8') })),
    );
    expect(files.length).toBeGreaterThan(500);
    expect(built.length).toBeGreaterThan(50);
  });

  test('makes no code of text', () => {
    const found = built
      .filter(({ name }) => name.endsWith('.js'))
      .flatMap(({ name, text }) => codeOutOfText(text.replace(banner, '')).map((what) => ({ name, what })));
    const knows = ({ what }: { readonly what: string }) => knownCode.some((one) => what.startsWith(one.found));
    expect(found.filter((one) => !knows(one))).toEqual([]);
    expect(knownCode.filter((one) => !found.some(({ what }) => what.startsWith(one.found)))).toEqual([]);
  });

  test('starts programs, opens connections and makes threads in listed modules alone', () => {
    const found = powersOf(metafile, files);
    const known = knownPowers.map(({ from, takes }) => takes.map((name) => ({ from, name })));
    const fits = (one: string, { from, name }: { readonly from: string; readonly name: string }) =>
      one.endsWith(`: ${name}`) && (from.endsWith('/') ? one.startsWith(from) : one === `${from}: ${name}`);
    expect(found.filter((one) => !known.flat().some((row) => fits(one, row)))).toEqual([]);
    expect(known.flat().filter((row) => !found.some((one) => fits(one, row)))).toEqual([]);
  });

  test('connects by names that nobody imports in listed modules alone', async () => {
    const found: string[] = [];
    for (const file of files.filter((name) => /\.[cm]?[jt]s$/.test(name))) {
      const names = globalsIn(await readFile(path.join(root, file), 'utf8'), languageOf(file));
      if (names.length > 0) found.push(`${file}: ${names.join(', ')}`);
    }
    expect(found.sort()).toEqual(Object.keys(knownGlobals).sort());
  });

  test('names listed hosts alone', () => {
    const found = new Set(built.flatMap(({ text }) => hostsIn(text)).filter((host) => host !== 'computed'));
    expect([...found].sort()).toEqual(Object.keys(knownHosts).sort());
  });

  test('loads no module by a computed name, and computes hosts in listed modules alone', async () => {
    const loads: string[] = [];
    const computed: string[] = [];
    for (const file of files.filter((name) => /\.[cm]?[jt]s$/.test(name))) {
      const text = await readFile(path.join(root, file), 'utf8');
      const language = languageOf(file);
      // Most files have literal names only, and need not be parsed.
      const rest = text.replaceAll(/\b(?:require|import)\s*\(\s*(?:'[^']*'|"[^"]*")\s*\)/g, '');
      if (/\brequire\b|\bimport\s*\(|createRequire|getBuiltinModule/.test(rest)) {
        loads.push(...codeOutOfText(text, language).map((what) => `${file}: ${what}`));
      }
      if (hostsIn(text).includes('computed') && hostsIn(textsIn(text, language)).includes('computed'))
        computed.push(file);
    }
    expect(loads).toEqual([]);
    expect(computed.sort()).toEqual(Object.keys(knownComputedHosts).sort());
  });
});

describe('threat 21: supply chain: the check of what is shipped', () => {
  test.each([
    ['eval("1")'],
    ['(0, eval)(text)'],
    ['const run = eval; run(text)'],
    ['globalThis.eval(text)'],
    ["globalThis['eval'](text)"],
    ['new Function("a", "return a")'],
    ['Function(text)()'],
    ['Reflect.construct(Function, [text])'],
    ['globalThis.Function(text)'],
    ['x.constructor("return 1")()'],
    ["x['constructor'](text)"],
    ['const f = (async () => {}).constructor'],
    ['const f = Object.getPrototypeOf(async function () {}).constructor'],
    ['f.constructor.constructor'],
    ['setTimeout("run()", 1)'],
    ['window.setInterval(`run()`)'],
    ['import(name)'],
    [`import(\`./\${name}.js\`)`],
    ['require(name)'],
    ['const load = require; load(name)'],
    ['process.getBuiltinModule("vm")'],
    ['createRequire(import.meta.url)'],
    ['vm.runInThisContext(text)'],
    ['new vm.SourceTextModule(text)'],
    ['WebAssembly.instantiate(bytes)'],
    ['process.dlopen(module, file)'],
  ])('finds %s', (text) => {
    expect(codeOutOfText(text)).not.toEqual([]);
    expect(codeOutOfText(`export const some = () => { if (other) { ${text.replace(/^const/, 'let')} } };`)).not.toEqual(
      [],
    );
  });

  test.each([
    ['x instanceof Function'],
    ['Function.prototype.call(x)'],
    ['x.constructor.name'],
    ['class A { constructor(a) { this.b = a; } }'],
    ['setTimeout(() => run(), 1)'],
    ['setTimeout(run, 1)'],
    ['import("./a.js")'],
    ['require("node:fs")'],
    ['typeof require'],
    ['const text = "eval(1)"; // eval(1)'],
    ['evaluate(x)'],
    ['f(a < b, c > (d))'],
  ])('lets %s pass', (text) => {
    expect(codeOutOfText(text)).toEqual([]);
  });

  test.each([
    ['const a = "https://Evil.example/x"; fetch("http://10.0.0.1:80/")', ['10.0.0.1:80', 'evil.example']],
    ['{"$schema":"https:\\/\\/a.example\\/b"}', ['a.example']],
    ['new WebSocket("wss://a.example?b")', ['a.example']],
    [`\`http://\${host}/a\` + \`https://127.0.0.1:\${port}\``, ['127.0.0.1', 'computed']],
    ['"https://" + host', ['computed']],
    [`"http://a\${b}.example"`, ['computed']],
    ['"mailto:a@b.example" + "//a.example"', []],
  ])('reads the hosts of %s', (text, hosts) => {
    expect(hostsIn(text)).toEqual(hosts);
  });

  test.each([
    ['fetch(address)', ['fetch']],
    ['const get = fetch; get(address)', ['fetch']],
    ['new WebSocket(address)', ['WebSocket']],
    ["globalThis['fetch'](address)", ['global fetch']],
    ['process.binding("spawn_sync")', ['process.binding']],
    ['repo.fetch(branch)', []],
    ['const a = { fetch() {} }; a.fetch()', []],
    ['import { fetch } from "undici"; fetch(address)', []],
    ['const { fetch } = undici; fetch(address)', []],
    ['function fetch(a) {} fetch(1)', []],
    ['"fetch(1)" // fetch(1)', []],
  ])('finds what %s connects by', (text, names) => {
    expect(globalsIn(text, 'javascript')).toEqual(names);
  });

  test('reads texts without comments', () => {
    expect(
      hostsIn(textsIn('// http://a.example\nf("http://b.example" as string, `http://c.example/`)', 'typescript')),
    ).toEqual(['b.example', 'c.example']);
  });

  test('finds who takes a module of Node or a package that is not in the bundle', () => {
    const to = (...paths: readonly string[]) => ({
      bytes: 1,
      imports: paths.map((one) => ({ path: one, kind: 'import-statement' as const, external: true })),
    });
    const inputs = {
      'a.js': to('node:child_process', 'node:fs', 'vm', 'dns/promises', 'dns'),
      'b.js': { bytes: 1, imports: [{ path: 'a.js', kind: 'import-statement' as const }] },
      'c.js': to('left-pad', 'node:os', '@a/b/c', 'required:node:http'),
      'required:node:http': to('http'),
      'dropped.js': to('vm'),
    };
    expect(powersOf({ inputs }, ['a.js', 'b.js', 'c.js', 'required:node:http'])).toEqual([
      'a.js: child_process',
      'a.js: dns',
      'a.js: vm',
      'c.js: @a/b/c',
      'c.js: http',
      'c.js: left-pad',
    ]);
  });
});
