// `npm test`: everything but test/commands/, whose files run commands as processes hundreds of times. Those are
// `npm run test:commands`; one session of them is part of this one, test/repository/session.test.ts.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { jest } = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));

export default { ...jest, rootDir: root, testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/commands/'] };
