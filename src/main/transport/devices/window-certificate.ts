import { type KeyObject, X509Certificate } from 'node:crypto';
import { selfSigned } from '../../lib/certificate.ts';

const day = 24 * 60 * 60_000;
/** Browsers take no certificate of a server that is good for longer than 398 days. */
const lifeMs = 390 * day;
const renewBeforeMs = 30 * day;
/** Clocks of other devices may be behind. */
const backdatedMs = day;

/** What the certificate has to stand for. */
export interface ServedNames {
  names: readonly string[];
  addresses: readonly string[];
}

/**
 * The certificate that is kept, as long as it is of this key, names everything and is good for another 30 days; else a
 * new one. It is changed no sooner, since people compare its fingerprint and browsers warn of each new one.
 */
export function currentCertificate(kept: string | null, key: KeyObject, served: ServedNames, now: number): string {
  if (kept !== null && isGood(kept, key, served, now)) return kept;
  const terms = { ...served, from: new Date(now - backdatedMs), to: new Date(now + lifeMs) };
  return selfSigned(key, 'Agent Runtime', terms);
}

function isGood(pem: string, key: KeyObject, { names, addresses }: ServedNames, now: number): boolean {
  try {
    const certificate = new X509Certificate(pem);
    return (
      certificate.checkPrivateKey(key) &&
      certificate.validFromDate.getTime() <= now &&
      certificate.validToDate.getTime() - now > renewBeforeMs &&
      names.every((name) => certificate.checkHost(name) !== undefined) &&
      addresses.every((address) => certificate.checkIP(address) !== undefined)
    );
  } catch {
    return false;
  }
}

/** What people compare: SHA-256 of the whole, as browsers show it. */
export function certificateFacts(pem: string): { fingerprint: string; endsAt: number } {
  const certificate = new X509Certificate(pem);
  return { fingerprint: certificate.fingerprint256, endsAt: certificate.validToDate.getTime() };
}
