// Adds up the result files of vitest and prints `N passed, N failed`, and before that what failed and why, and what
// passed only when tried again. A test that was skipped counts as failed here: on this machine nothing may be left out.
import { existsSync, readFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';

const MESSAGE_LINES = 25;

let passed = 0;
let failed = 0;

function fail(text) {
  console.log(text);
  failed++;
}

function printMessages(test) {
  for (const message of test.failureMessages) {
    const lines = stripVTControlCharacters(message)
      .split('\n')
      .filter((line) => !line.includes('node_modules/') && !line.includes('(<anonymous>)'));
    for (const line of lines.slice(0, MESSAGE_LINES)) console.log(`    ${line}`);
  }
}

for (const file of process.argv.slice(2)) {
  if (!existsSync(file)) {
    fail(`missing: ${file}`);
    continue;
  }
  for (const suite of JSON.parse(readFileSync(file, 'utf8')).testResults) {
    if (suite.status === 'failed' && suite.assertionResults.length === 0) {
      fail(`did not run: ${suite.name}\n    ${suite.message}`);
    }
    for (const test of suite.assertionResults) {
      if (test.status === 'passed') passed++;
      else fail(`${test.status}: ${test.fullName}`);
      if (test.status === 'passed' && test.failureMessages.length > 0) {
        console.log(`passed when tried again: ${test.fullName}`);
      }
      printMessages(test);
    }
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
