// Everything that needs a cluster. `npm run test:cluster` runs it: it says where the programs are.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const { jest } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

export default {
  rootDir: root,
  transform: jest.transform,
  modulePathIgnorePatterns: jest.modulePathIgnorePatterns,
  testEnvironment: '<rootDir>/test/cluster/environment.mjs',
  testMatch: ['<rootDir>/test/cluster/*.scenario.ts'],
  testTimeout: 600_000,
  verbose: true,
};
