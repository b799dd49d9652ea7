/** Hands out loopback addresses 127.x.y.z, so that every pod can listen on the port it wants. */
export class AddressPool {
  readonly #taken = new Set<string>();
  /** Two clusters on one machine must not meet: each begins somewhere else. */
  #next = 0x7f_10_00_02 + Math.floor(Math.random() * 0xef_00_00);

  take(): string {
    for (;;) {
      this.#next = this.#next >= 0x7f_fe_ff_f0 ? 0x7f_10_00_02 : this.#next + 1;
      const address = [24, 16, 8, 0].map((shift) => (this.#next >>> shift) & 255).join('.');
      if (this.#taken.has(address)) continue;
      this.#taken.add(address);
      return address;
    }
  }

  release(address: string): void {
    this.#taken.delete(address);
  }
}
