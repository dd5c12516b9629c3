// The commands of this repository, and how a person who came here by the program types them.

/** What runs it: a TypeScript entry, a module of plain Node, or programs of packages one after the other. */
const commands = {
  status: ['commands/status.ts', 'what runs where, since when and by whom'],
  promote: ['commands/promote.ts', 'makes an environment run an image'],
  rollback: ['commands/rollback.ts', 'makes it run the last stable image again'],
  revert: ['commands/revert.ts', 'takes back a commit that changed settings or charts'],
  freeze: ['commands/freeze.ts', 'refuses promotions to an environment for some days'],
  preview: ['commands/preview.ts', 'gives a pull request of the app an environment'],
  tunnel: ['commands/tunnel.ts', 'opens the way to the cluster'],
  ready: ['commands/ready.ts', 'all that a push should have passed'],
  synth: ['charts/main.ts', 'writes dist/ and argocd/ from the charts'],
  terraform: ['terraform-bridge/main.ts', 'writes the stacks of AWS'],
  check: ['commands/check.ts', 'judges what is committed by all rules'],
  diff: ['commands/diff.ts', 'says what merging will do'],
  cost: ['commands/cost.ts', 'adds up the bill'],
  verify: ['commands/verify.ts', 'compares a cluster with what is committed'],
  bridge: ['commands/bridge.ts', "writes a stack's outputs for the charts"],
  'terraform:validate': ['commands/validate.ts', "holds the stacks against the provider's schema"],
  import: ['commands/import.mjs', 'writes the types of custom resources'],
  schemas: ['commands/schemas.ts', 'writes the schemas that check reads'],
  rules: ['commands/rules.ts', 'writes a page for each rule'],
  comment: ['commands/comment.mjs', 'puts a review onto a pull request'],
  lint: [['tsc --noEmit', 'biome check'], 'types and style'],
  format: [['biome check --write'], 'style, mended'],
  test: [['jest --config test/jest.config.mjs'], 'the tests; npm run test:commands has those of the commands'],
};

/**
 * A text for a person, with every command of `commands` as they would type it: `npm run check -- --only-new`, or by the
 * program's name when they came by that. What stands behind two blanks keeps its column.
 */
function asCalled(text) {
  const [program] = process.env.DELIVERY_CALLED?.split(/ (?=\S+$)/) ?? [];
  if (!program) return text;
  return text
    .split('\n')
    .map((line) => {
      let gone = 0;
      const said = line.replace(/npm run ([a-z:-]+)(?: --(?= |$|'))?(?![\w:-])/g, (whole, name) => {
        if (!Object.hasOwn(commands, name)) return whole;
        gone += whole.length - program.length - name.length - 1;
        return `${program} ${name}`;
      });
      return said.replace(/(?<=\S) {2,}(?=\S)/, (gap) => gap + ' '.repeat(Math.max(0, gone)));
    })
    .join('\n');
}

exports.commands = commands;
exports.asCalled = asCalled;
