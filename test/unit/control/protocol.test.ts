import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ControlError } from '../../../src/control/control-error.ts';
import { parseRequest } from '../../../src/control/protocol.ts';

const network = (text: string): object =>
  expect.objectContaining({ prefix: Number(text) }) as object;

describe('a request', () => {
  it.each([
    ['{"v":1,"do":"status"}', { do: 'status' }],
    ['{"v":1,"do":"status","ports":true}', { do: 'status', ports: true }],
    ['{"v":1,"do":"watch"}', { do: 'watch' }],
    ['{"v":1,"do":"reload"}', { do: 'reload', allowUnguard: false }],
    ['{"v":1,"do":"reload","allowUnguard":true}', { do: 'reload', allowUnguard: true }],
    [
      '{"v":1,"do":"grant","door":"ssh","source":"203.0.113.9"}',
      { do: 'grant', door: 'ssh', source: network('32'), forSeconds: undefined, isDry: false },
    ],
    [
      '{"v":1,"do":"grant","door":"ssh","source":"2001:db8:0:ff00::/56","forSeconds":0.5}',
      { do: 'grant', door: 'ssh', source: network('56'), forSeconds: 0.5, isDry: false },
    ],
    [
      '{"v":1,"do":"revoke","door":"ssh"}',
      { do: 'revoke', door: 'ssh', source: undefined, isDry: false },
    ],
    [
      '{"v":1,"do":"revoke","source":"::1"}',
      { do: 'revoke', door: undefined, source: network('128'), isDry: false },
    ],
    [
      '{"v":1,"do":"block","network":"192.0.2.0/24","dryRun":true}',
      { do: 'block', network: network('24'), forSeconds: undefined, isDry: true },
    ],
  ])('%s is understood', (line, request) => {
    expect(parseRequest(line)).toEqual(request);
  });

  it.each([
    ['', 'BAD_REQUEST', 'no JSON'],
    ['GET / HTTP/1.1', 'BAD_REQUEST', 'no JSON'],
    ['[]', 'BAD_REQUEST', 'is an object'],
    ['null', 'BAD_REQUEST', 'is an object'],
    ['{"do":"status"}', 'UNSUPPORTED_VERSION', 'version 1, not undefined'],
    ['{"v":2,"do":"status"}', 'UNSUPPORTED_VERSION', 'version 1, not 2'],
    ['{"v":1}', 'BAD_REQUEST', 'do must be a text'],
    ['{"v":1,"do":"open"}', 'BAD_REQUEST', 'nothing is called "open"'],
    ['{"v":1,"do":"status","door":"ssh"}', 'BAD_REQUEST', 'no field is called "door"'],
    ['{"v":1,"do":"reload","allowUnguard":"yes"}', 'BAD_REQUEST', 'true or false'],
    ['{"v":1,"do":"grant","source":"203.0.113.9"}', 'BAD_REQUEST', 'door must be a text'],
    ['{"v":1,"do":"grant","door":"ssh"}', 'BAD_REQUEST', 'source must be a text'],
    ['{"v":1,"do":"grant","door":"ssh","source":"203.0.113.300"}', 'BAD_REQUEST', 'not a network'],
    ['{"v":1,"do":"grant","door":"ssh","source":"203.0.113.9/24"}', 'BAD_REQUEST', 'bits set'],
    ['{"v":1,"do":"grant","door":"ssh","source":"203.0.113.0/33"}', 'BAD_REQUEST', '/33'],
    [
      '{"v":1,"do":"grant","door":"s","source":"1.2.3.4","forSeconds":-1}',
      'BAD_REQUEST',
      'above 0',
    ],
    ['{"v":1,"do":"grant","door":"s","source":"1.2.3.4","forSeconds":0}', 'BAD_REQUEST', 'above 0'],
    [
      '{"v":1,"do":"grant","door":"s","source":"1.2.3.4","forSeconds":"9"}',
      'BAD_REQUEST',
      'above 0',
    ],
    ['{"v":1,"do":"revoke"}', 'BAD_REQUEST', 'door or source is missing'],
  ])('%s is turned down: %s', (line, code, message) => {
    expect(() => parseRequest(line)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) as string }),
    );
  });

  it('of any bytes or JSON at all is understood or turned down', () => {
    const anything = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({ v: fc.constant(1), do: fc.constantFrom('grant', 'revoke', 'reload') })
        .map((some) => JSON.stringify(some)),
    );
    fc.assert(
      fc.property(anything, (line) => {
        try {
          parseRequest(line);
        } catch (error) {
          expect(error).toBeInstanceOf(ControlError);
        }
      }),
    );
  });
});
