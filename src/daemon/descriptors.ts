import { native } from '../native.ts';

/** Commands get descriptors 0 to 2, whatever whoever started us has left open. */
export function keepDescriptors(): void {
  (native() as unknown as { keepDescriptors: () => void }).keepDescriptors();
}
