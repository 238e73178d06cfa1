import { firstForm, type KnockForm } from '../../src/lab/page/model/knock-form.ts';

const FIRST = firstForm('07'.repeat(32), '3a'.repeat(20), '2023-11-14 22:13:20');

/** The lab's form, filled in as the page begins, but for these fields. */
export function knockForm(over: Partial<KnockForm> = {}): KnockForm {
  return { ...FIRST, ...over };
}

/** The first system's example: 10.3.2.1, port 3306, flag 5, the key `password`. */
export const EXAMPLE_OF_2004: Partial<KnockForm> = {
  kind: 'legacy',
  door: 'mysql',
  open: 'tcp/3306',
  client: '10.3.2.1',
  fields: 'client=10.3.2.1, port=3306, flag0=5, checksum',
};

/** Its ports less the span's first one, by Blowfish without a vector and with one. */
export const OFFSETS_OF_2004 = {
  V1: [211, 178, 33, 85, 41, 89, 212, 33, 11, 232, 136, 77, 178, 155, 86, 12],
  V2: [
    82, 97, 110, 100, 111, 109, 73, 86, 51, 54, 53, 55, 52, 50, 49, 48, 108, 185, 168, 63, 196, 17,
    74, 93, 117, 149, 61, 122, 9, 212, 227, 212,
  ],
} as const;
