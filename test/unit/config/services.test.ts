import { describe, expect, it } from 'vitest';
import { portOf } from '../../../src/config/services.ts';

const SERVICES = `
# a remark
ssh   22/tcp   # SSH
www   80/tcp   http web
dns   53/tcp
dns   53/udp
tftp  69/udp
split 1111/udp
split 2222/tcp
`;

describe('the port that a text means to the resolver', () => {
  it.each([
    ['7000', 7000],
    ['0', 0],
    ['', 0],
    ['016', 16],
    [' 7', 7],
    ['+7', 7],
    ['70000', 4464],
    ['99999999999', 59_391],
    ['4294967296', 0],
    ['-2', 65_534],
    ['ssh', 22],
    ['web', 80],
    ['tftp', 69],
    ['split', 2222],
    ['SSH', undefined],
    ['7 ', undefined],
    ['0x16', undefined],
    ['7000abc', undefined],
    ['-1', undefined],
    ['4294967295', undefined],
    ['9'.repeat(10_000), undefined],
    ['a remark', undefined],
    ['#', undefined],
  ])('%j is %s', (text, port) => {
    expect(portOf(text, () => SERVICES)).toBe(port);
  });
});
