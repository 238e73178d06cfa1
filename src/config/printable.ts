/** Foreign text goes to terminals: what could steer one is shown as a mark. Tabs become blanks, so carets fit. */
export function printable(text: string): string {
  return text
    .replace(/\t/g, ' ')
    .replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
