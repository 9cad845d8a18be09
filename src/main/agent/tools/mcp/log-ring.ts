/** The newest part of what a server says on the side, for people; bounded, whatever it writes. */
export class LogRing {
  #text = '';
  readonly #maxChars: number;

  constructor(maxChars = 64 * 1024) {
    this.#maxChars = maxChars;
  }

  write(text: string): void {
    this.#text = (this.#text + text.slice(-this.#maxChars)).slice(-this.#maxChars);
  }

  /** Without the control characters that terminals act on. */
  get text(): string {
    return this.#text.replace(/[^\P{Cc}\n\t]/gu, '');
  }
}
