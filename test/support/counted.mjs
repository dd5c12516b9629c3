// For suites that drive a program of their own and need no jest: a line for each test, and at the end jest's line of totals.

const counts = { passed: 0, failed: 0 };

/** Says whether what a sentence promises holds; a check that fails throws. */
export async function test(sentence, check) {
  try {
    await check();
    counts.passed += 1;
    console.log(`  ✓ ${sentence}`);
  } catch (error) {
    counts.failed += 1;
    console.log(`  ✗ ${sentence}\n${String(error.message).replace(/^/gm, '      ')}`);
  }
}

/** Ends the program: 0 when all held, 1 when one did not, or when nothing was tried. */
export function end() {
  const { passed, failed } = counts;
  console.log(`Tests:       ${failed ? `${failed} failed, ` : ''}${passed} passed, ${passed + failed} total`);
  process.exit(failed > 0 || passed === 0 ? 1 : 0);
}
