/** Signing: how long the certificates of a file hold. */

import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ChantalError, systemCode } from '../core/errors.js';
import type { CertificateDescription } from '../core/keys.js';

/** @throws ChantalError E_KEY when there is no such file, or no certificate in it */
export async function describeCertificateFile(path: string): Promise<readonly CertificateDescription[]> {
  try {
    const blocks = (await readFile(path, 'latin1')).match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    if (blocks.length > 0) return blocks.map((block) => describe(new X509Certificate(block)));
  } catch (error) {
    throw unusable(path, systemCode(error) ?? 'damaged', error);
  }
  throw unusable(path, 'no PEM certificate');
}

function describe({ subject, validFrom, validTo }: X509Certificate): CertificateDescription {
  return {
    subject: subject.split('\n').join(', '),
    validFrom: new Date(validFrom).toISOString(),
    expiresAt: new Date(validTo).toISOString(),
  };
}

function unusable(path: string, why: string, cause?: unknown): ChantalError {
  return new ChantalError('E_KEY', `cannot read a certificate from ${path} (${why})`, {
    hint: 'Correct the path in credentials, or make the file readable for the user who runs chantal.',
    cause,
    context: { path },
  });
}
