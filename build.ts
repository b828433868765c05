import { mkdir, rm, writeFile } from 'node:fs/promises';
import { build, type Plugin } from 'esbuild';
import { includedJsonSchema, rootJsonSchema } from './src/policy/json-schema.ts';
import { bundledFiles, licenceText } from './tools/licences.ts';

/** Gives CommonJS dependencies the `require` that an ES module has not. */
export const banner =
  "import{createRequire as __stepgateRequire}from'module';const require=__stepgateRequire(import.meta.url);";

/**
 * The two entries and the chunks they load when they need them. The same source gives the same bytes.
 * Tests build other versions with `more`.
 */
export function bundle(outdir: string, more: readonly Plugin[] = []) {
  return build({
    absWorkingDir: import.meta.dirname,
    entryPoints: { cli: 'src/cli.ts', action: 'src/action.ts' },
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    minify: true,
    keepNames: true,
    legalComments: 'linked',
    chunkNames: 'chunks/[name]-[hash]',
    metafile: true,
    write: false,
    logLevel: 'warning',
    plugins: [leanToolkit, withoutEvent, withoutOptional, requiredHttp, ...more],
    banner: { js: banner },
  });
}

/** @actions/core is inputs, outputs and annotations to us: what it imports for tokens (an HTTP client, 430 kB) is dropped. */
const leanToolkit: Plugin = {
  name: 'lean toolkit',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /./ }, async ({ path, pluginData, importer, ...how }) => {
      if (pluginData === leanToolkit || !/node_modules[/\\]@actions[/\\]core[/\\]/.test(importer)) return;
      return { ...(await resolve(path, { ...how, importer, pluginData: leanToolkit })), sideEffects: false };
    });
  },
};

/**
 * @actions/github reads the event of the run while it is loaded: it writes to stdout where there is no such file, and fails
 * where it is no JSON. Nothing of it is used.
 */
const withoutEvent: Plugin = {
  name: 'without event',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]@actions[/\\]github[/\\]lib[/\\]context\.js$/ }, () => ({
      contents: 'export class Context {}',
    }));
  },
};

/**
 * debug takes supports-color where it is installed: Node would look for it in every folder above `dist`, and run what anybody has
 * put there. It is never installed.
 */
const withoutOptional: Plugin = {
  name: 'without optional',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^supports-color$/ }, ({ path }) => ({ path, namespace: 'not installed' }));
    onLoad({ filter: /./, namespace: 'not installed' }, () => ({ contents: 'module.exports = null;' }));
  },
};

/**
 * `node:http` comes by `require`: an `import` reads each of its exports at once, and some of them load a whole fetch client
 * then, which is a tenth of what `status` takes.
 */
const requiredHttp: Plugin = {
  name: 'required http',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(node:)?http$/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'required', sideEffects: false } : undefined,
    );
    onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

if (import.meta.main) {
  const outdir = process.argv[2] ?? 'dist';
  const { metafile, outputFiles } = await bundle(outdir);
  const licences = await licenceText(import.meta.dirname, bundledFiles(metafile));
  // Only a build that went through replaces the one before.
  await rm(outdir, { recursive: true, force: true });
  await mkdir(`${outdir}/chunks`, { recursive: true });
  for (const { path, contents } of outputFiles) await writeFile(path, contents);
  await writeFile(`${outdir}/LICENSES.txt`, licences);
  await writeFile(`${outdir}/stepgate.schema.json`, `${JSON.stringify(rootJsonSchema(), null, 2)}\n`);
  await writeFile(`${outdir}/stepgate.included.schema.json`, `${JSON.stringify(includedJsonSchema(), null, 2)}\n`);
  const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
  console.log(`${outdir}: ${Object.keys(metafile.outputs).length} files, ${Math.round(bytes / 1024)} kB`);
}
