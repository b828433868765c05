import { mkdir, rm, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

/**
 * Makes `dist/`: the two entries and the chunks they load when they need them. The same source gives the same bytes.
 * The banner gives CommonJS dependencies the `require` that an ES module has not.
 */
const outdir = process.argv[2] ?? 'dist';
const { metafile, outputFiles } = await build({
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
  banner: {
    js: "import{createRequire as __stepgateRequire}from'node:module';const require=__stepgateRequire(import.meta.url);",
  },
});
// Only a build that went through replaces the one before.
await rm(outdir, { recursive: true, force: true });
await mkdir(`${outdir}/chunks`, { recursive: true });
for (const { path, contents } of outputFiles) await writeFile(path, contents);
const { rootJsonSchema, includedJsonSchema } = await import('./src/config/json-schema.ts');
await writeFile(`${outdir}/stepgate.schema.json`, `${JSON.stringify(rootJsonSchema(), null, 2)}\n`);
await writeFile(`${outdir}/stepgate.included.schema.json`, `${JSON.stringify(includedJsonSchema(), null, 2)}\n`);
const bytes = Object.values(metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
console.log(`${outdir}: ${Object.keys(metafile.outputs).length} files, ${Math.round(bytes / 1024)} kB`);
