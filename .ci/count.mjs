// Adds up the result files of vitest and prints `N passed, N failed`. A test that was skipped counts as failed here:
// on this machine nothing may be left out.
import { existsSync, readFileSync } from 'node:fs';

let passed = 0;
let failed = 0;
for (const file of process.argv.slice(2)) {
  if (!existsSync(file)) {
    console.log(`missing: ${file}`);
    failed++;
    continue;
  }
  const results = JSON.parse(readFileSync(file, 'utf8'));
  const tests = results.testResults.flatMap((suite) => suite.assertionResults);
  for (const suite of results.testResults) {
    if (suite.status === 'failed' && suite.assertionResults.length === 0) {
      console.log(`did not run: ${suite.name}`);
      failed++;
    }
  }
  for (const test of tests) {
    if (test.status === 'passed') passed++;
    else {
      console.log(`${test.status}: ${test.fullName}`);
      failed++;
    }
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
