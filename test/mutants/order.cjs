/** Jest's sequencer: the tests that stand nearest to what was broken run first, because most breaks are noticed there. */
module.exports = class {
  sort(tests) {
    const order = process.env.TEST_ORDER.split('\n');
    return [...tests].sort((a, b) => order.indexOf(a.path) - order.indexOf(b.path));
  }
  cacheResults() {}
};
