/** Where a pairing link leads, after the scheme of the app. */
export const pairingPlace = 'cluster/join';

export interface PairingOffer {
  /** Where the hub listens, as host:port. */
  address: string;
  /** Eight digits that live for two minutes. */
  code: string;
}

/** Asks to be taken in by a hub, as its QR code says it; whoever follows it still compares the words. */
export function pairingLink({ address, code }: PairingOffer): string {
  return `agentruntime://${pairingPlace}?${new URLSearchParams({ at: address, code })}`;
}

/** What a pairing link says; null for what is none. */
export function readPairingLink(text: string): PairingOffer | null {
  const link = text.trim();
  if (link.length > 300 || !URL.canParse(link)) return null;
  const { protocol, host, pathname, searchParams } = new URL(link);
  if (protocol !== 'agentruntime:' || `${host}${pathname}`.replace(/^\/+|\/+$/g, '') !== pairingPlace) return null;
  const [address = '', code = ''] = [searchParams.get('at') ?? '', searchParams.get('code') ?? ''];
  return /^[A-Za-z0-9.:[\]%-]{3,200}$/.test(address) && /^\d{8}$/.test(code) ? { address, code } : null;
}
