import { native } from '../native.ts';

/** A network link of this namespace, as the kernel has it now. */
export interface Link {
  /** The kernel's number; one that is made again under the same name gets another. */
  readonly index: number;
  readonly name: string;
  /** `bridge`, `vlan`, ...; empty for hardware. */
  readonly kind: string;
  /** The bridge, bond or VRF that it is a part of; 0: none. */
  readonly master: number;
  /** The link that it stands on; 0: none, or one of another namespace. */
  readonly lower: number;
  /** Set up, and with a carrier. */
  readonly isUp: boolean;
}

/** Of what something has changed; what it is now must be looked up. */
export interface LinkNews {
  readonly links: boolean;
  readonly addresses: boolean;
  /** Default routes alone, and only if they were asked for. */
  readonly routes: boolean;
}

interface NativeLinkWatch {
  watch(): void;
  unwatch(): void;
  take(): LinkNews;
  close(): void;
}

interface LinkAddon {
  readonly LinkWatch: new (hearsRoutes: boolean, onReadable: () => void) => NativeLinkWatch;
  readonly links: () => Link[];
}

/** After news, further ones wait so long and come together: links may change by the thousand. */
const PAUSE_MS = 100;

/** All links of this namespace. */
export function links(): Link[] {
  return (native() as unknown as LinkAddon).links();
}

/**
 * Hears by rtnetlink that links, addresses or default routes have changed: the first change at once,
 * those that follow it closely together. Says when to look, not what is so, since the kernel may have
 * no room to tell all of it. Does not hold the event loop open.
 */
export class LinkWatch implements Disposable {
  readonly #native: NativeLinkWatch;
  readonly #onNews: (news: LinkNews) => void;
  #pause: NodeJS.Timeout | undefined;

  constructor(onNews: (news: LinkNews) => void, options: { readonly hearsRoutes: boolean }) {
    this.#onNews = onNews;
    const { LinkWatch: Native } = native() as unknown as LinkAddon;
    this.#native = new Native(options.hearsRoutes, () => this.#tell());
    this.#native.watch();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#pause);
    this.#native.close();
  }

  #tell(): void {
    this.#native.unwatch();
    this.#pause = setTimeout(() => this.#native.watch(), PAUSE_MS).unref();
    const news = this.#native.take();
    if (news.links || news.addresses || news.routes) this.#onNews(news);
  }
}
