import { properties, tried } from './properties';

// A share of `npm run test:hostile`, always the same.
test.each(properties.map((each) => [each.name, each] as const))(
  '%s: what is said of it is harmless',
  (_, each) => {
    expect(tried(each, 20261129, each.runs.test)).toBeUndefined();
  },
);
