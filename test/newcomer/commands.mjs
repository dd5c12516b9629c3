/** What this machine has not, or what has its place elsewhere in .ci/run. */
const elsewhere = [
  [/^npm (ci|test)\b|^npm ci &&/, 'the first and the last thing that .ci/run does'],
  [/(npm run|\.\/eren) ready$|^\.\/eren ready\b/, 'its parts run here; test/commands/ready.test.ts runs it'],
  [/npm run (test:|cluster|bench|fuzz|aws-)/, 'a suite of its own'],
  [
    /verify -- (production|staging|<environment>)$|^npm run verify$|kubectl (auth|-n)|kubectl argo/,
    'needs a cluster',
  ],
  [/\.\/eren tunnel|npm run bridge|terraform apply|^aws /, 'needs an AWS account'],
  [/terraform:validate|--refresh|schemas -- --cluster|^argocd /, 'needs what this machine cannot fetch or reach'],
  [/record\.ts|picture\.mjs/, 'writes what a person reads before it is committed'],
  [/^source /, 'is for an interactive shell; test/commands/program.test.ts runs it'],
  [/^node -e 0$/, 'is a measure, not a command'],
  [/promote( --)?$/, 'names a command without its arguments'],
];

export function reasonNotToRun(line) {
  return elsewhere.find(([pattern]) => pattern.test(line))?.[1];
}

/** The lines of each block of shell, without what a page shows as its output. */
export function blocksOf(text) {
  return [...text.matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm)].map(([, block]) =>
    block
      .replace(/\\\n\s*/g, ' ')
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean),
  );
}

/** Commands within sentences. */
export function commandsOf(text) {
  const prose = text.replace(/^ *```[\s\S]*?^ *```$/gm, '');
  const found = [
    ...prose.matchAll(
      /`((?:npm run|npm ci|npm test|npx|node|\.\/eren|git (?:log|diff|checkout|config|fetch))\b[^`]*)`/g,
    ),
  ];
  return [...new Set(found.map(([, line]) => line))];
}

/** With a value for each `<placeholder>`, as a person would write one. */
export function filled(line, { commit, image, day }) {
  const values = {
    commit,
    image,
    environment: line.includes('--from staging') ? 'production' : 'staging',
    name: 'web',
    app: 'web',
    rule: 'canary-pause',
    day,
    'worst class': 'x',
  };
  return line.replace(/<([a-z ]+)>/g, (whole, name) => values[name] ?? whole);
}
