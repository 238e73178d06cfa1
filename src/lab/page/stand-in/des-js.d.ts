/** What the page uses of it; the package brings no types. */
declare module 'des.js' {
  interface Cipher {
    update(bytes: ArrayLike<number>): number[];
    final(): number[];
  }
  interface Options {
    readonly type: 'encrypt' | 'decrypt';
    readonly key: ArrayLike<number>;
    readonly iv: ArrayLike<number>;
  }
  interface Base {
    create(options: Options): Cipher;
  }
  const library: { readonly DES: Base; readonly CBC: { instantiate(base: Base): Base } };
  export = library;
}
