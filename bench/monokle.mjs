// Checks a folder of manifests with @monokle/validation: `node monokle.mjs <folder> <where it is installed>`. Its schema
// plugin fetches from the network and its policies are WebAssembly from there; both are left out, in its favour.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, modules] = process.argv.slice(2);
const require = createRequire(join(modules, 'node_modules', 'x.js'));
const { parse } = require('yaml');
const { createDefaultMonokleValidator } = await import(
  pathToFileURL(join(modules, 'node_modules/@monokle/validation/lib/node.js')).href
);
const resources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => {
    const text = readFileSync(join(folder, file), 'utf8');
    const content = parse(text);
    const { apiVersion, kind, metadata } = content;
    return { id: file, fileId: file, filePath: file, fileOffset: 0, ...metadata, apiVersion, kind, content, text };
  });
const validator = createDefaultMonokleValidator();
const on = ['yaml-syntax', 'pod-security-standards', 'resource-links', 'practices', 'metadata'];
const plugins = { 'kubernetes-schema': false, 'open-policy-agent': false };
for (const name of on) plugins[name] = true;
await validator.preload({ plugins });
const { runs } = await validator.validate({ resources });
console.log(resources.length, runs.flatMap(({ results }) => results).length);
process.exit(0);
